import type { World } from '../../world.ts';
import { bsd } from './bsd.ts';
import { darwin } from './darwin.ts';
import { linux } from './linux.ts';
import type { Platform } from './platform.ts';
import { windows } from './windows.ts';

const platforms: Partial<Record<NodeJS.Platform, Platform>> = { linux, darwin, win32: windows };

/** The system that the program runs on. */
export const platformOf = ({ platform }: Pick<World, 'platform'>): Platform => platforms[platform] ?? bsd;
