// Stands in for the help that commander would print; help is written in src/terminal/help.ts.
module.exports = { Help: class {}, stripColor: (text) => text };
