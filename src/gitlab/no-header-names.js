// Stands in for undici's tables of well-known header names, which it searches before it writes a name in small letters
// itself: building them takes longer than a few requests gain by them.
module.exports = { headerNameLowerCasedRecord: Object.create(null), tree: { lookup: () => undefined } };
