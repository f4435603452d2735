/** The packages of a version: since 17.7.1 it has its helper images in a package of the same version. */
export function packageNames(version: string): string[] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const hasImages = major > 17 || (major === 17 && (minor > 7 || (minor === 7 && patch >= 1)));
  return ['gitlab-runner', ...(hasImages ? ['gitlab-runner-helper-images'] : [])];
}

/** Whether a version of gitlab-runner is an older one than another; their releases count only where both have one. */
export function isOlder(version: string, than: string): boolean {
  const [these, those] = [version, than].map((one) => one.split(/[.-]/).map(Number));
  const at = these!.findIndex((part, index) => part !== (those![index] ?? part));
  return at >= 0 && these![at]! < those![at]!;
}
