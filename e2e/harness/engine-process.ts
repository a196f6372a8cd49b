/** Finds the engine's process below the app's, to kill it as a crash would. */
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent, command }];
      } catch {
        // Ended meanwhile.
        return [];
      }
    });
}

/** Throws when the app has no engine. */
export function engineProcessOf(appPid: number): number {
  const processes = allProcesses();
  const isBelow = (process: ProcessInfo): boolean => {
    if (process.parent === appPid) return true;
    const parent = processes.find(({ pid }) => pid === process.parent);
    return parent !== undefined && isBelow(parent);
  };
  // On the Chromium host the module stands in the command; on Electron the service's name does.
  const engine = processes.find(
    (process) =>
      /engine-host\.js|node\.mojom\.NodeService/u.test(process.command) && isBelow(process),
  );
  if (engine === undefined) throw new Error('The app has no engine process');
  return engine.pid;
}
