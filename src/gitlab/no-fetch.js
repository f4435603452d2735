// Stands in for the bodies of fetch in undici (FormData), which are never sent here.
module.exports = {};
