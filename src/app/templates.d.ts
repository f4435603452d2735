/** The texts of the files in templates/ by their names, put in by the build. */
declare module 'templates' {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
