import { type Crashes, judge, noCrashes } from './crash.ts';
import { eachOf, type Scene } from './scene.ts';
import { endingOf, lay, type Story } from './stories.ts';

// All that can change something in a folder; reading alone leaves everything as it was.
const calls =
  'openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,rmdir,chmod,fchmod,fchown,ftruncate,utimensat';

// Each call is held up for a moment once it is done, so that the process can be killed between it and the next one.
const traced = ['strace', '-f', '-y', '-qq', '-s', '0', '-o', '|cat >&3'];
const heldUp = ['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_exit=10000`];

/** Kills a run of a story right after each system call that changes something in its folder, as strace tells of them. */
export async function crashAtSystemCalls(scene: Scene, story: Story, atOnce: number): Promise<Crashes> {
  const ending = await endingOf(scene, story);
  const { seen } = await trace(scene, story);
  const crashes = noCrashes();
  await eachOf([...seen.keys()], atOnce, async (at) => {
    const { place, ran } = await trace(scene, story, at + 1);
    await judge(
      scene,
      story,
      ending,
      { place, when: `after system call ${at + 1}, ${seen[at]}`, ran },
      crashes,
    );
  });
  return crashes;
}

async function trace(scene: Scene, story: Story, killAt?: number) {
  const place = lay(scene, story.before);
  const seen: string[] = [];
  const heard = (line: string) => {
    const [, pid, call] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (!(call?.includes(place) || call?.includes('/proc/self/fd/')) || /O_RDONLY|unfinished/.test(call))
      return;
    seen.push(call.replaceAll(place, ''));
    if (seen.length === killAt) process.kill(Number(pid), 'SIGKILL');
  };
  const ran = await scene.run(story.verb, place, story.words, {
    token: story.token,
    by: [...traced, ...heldUp],
    heard,
  });
  return { place, seen, ran };
}
