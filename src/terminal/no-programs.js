// Stands in for node:child_process in commander, which would start commands that are programs of their own.
export default {};
