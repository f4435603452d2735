// Stands in for node:child_process in commander, which starts other programs as subcommands; here none is.
module.exports = {};
