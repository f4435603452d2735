// Stands in for node:assert in undici, which says with it what must hold and nothing else: Node loads five modules for it.
module.exports = (holds, message = 'undici expected something else') => {
  if (!holds) throw message instanceof Error ? message : new Error(message);
};
