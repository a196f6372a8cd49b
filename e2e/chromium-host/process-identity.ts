/** Is a process, known by the id that it left in a file, still the same one? Ids are used again, start times are not. */
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in ticks since boot; '' where the system does not tell (anywhere but on Linux) or it is gone. */
export function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name, field 2, may hold anything and ends with the last bracket; the start is field 22.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
