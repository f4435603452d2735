// Loaded into each program that a test opens a terminal for. As the program leads its session, the kernel drops at its
// end what the terminal has not read by then; on a busy machine these are the last words. So the program says, by a
// sequence that shows nothing, that this was all, and stops until the terminal has seen it.
process.on('exit', () => {
  process.stdout.write('\x1b]7777;\x07');
  process.kill(process.pid, 'SIGSTOP');
});
