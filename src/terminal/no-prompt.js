// Stands in for Inquirer's prompts that the program never asks with, in what is built.
export default () => Promise.reject(new Error('This prompt is not built in.'));
