/** The processes below one, for specs that must see them all end. */
import { readdirSync, readFileSync } from 'node:fs';
import { startOf } from '../process-identity.ts';

export interface ProcessMark {
  readonly pid: number;
  readonly start: string;
  readonly command: string;
}

/** The process and everything below it, as it is now. Linux only. */
export function processTree(root: number): ProcessMark[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/u.test(entry))) {
    const pid = Number(name);
    const parent = parentOf(pid);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const pids: number[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    pids.push(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return pids.map((pid) => ({ pid, start: startOf(pid), command: commandOf(pid) }));
}

/** Of the marks those that still run; a process that has ended and waits for its parent does not. */
export function stillRunning(marks: readonly ProcessMark[]): ProcessMark[] {
  return marks.filter(
    ({ pid, start }) => start !== '' && startOf(pid) === start && stateOf(pid) !== 'Z',
  );
}

function statusOf(pid: number): string[] {
  try {
    const status = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function stateOf(pid: number): string {
  return statusOf(pid)[0] ?? 'Z';
}

function parentOf(pid: number): number | null {
  const parent = statusOf(pid)[1];
  return parent === undefined ? null : Number(parent);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
