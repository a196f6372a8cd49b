/**
 * `npm run bench`: Holdfast against restic and BorgBackup, in one run and on the same data. It reports, and never fails on a time: machines
 * are shared and noisy. Full runs are written to RESULTS.md; `--quick` ones, on a tenth of the data, are printed only.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  changeDataSet,
  diskBytes,
  planDataSet,
  writeDataSet,
  type DataSet,
  type DataSetName,
} from './data-sets.ts';
import { measure, settle, stopRunning, whyNotMeasurable, type Measurement } from './measure.ts';
import {
  environmentOf,
  findPrograms,
  steps,
  writeSecret,
  type Place,
  type Program,
  type Step,
  type Task,
} from './programs.ts';
import { renderRun, withSection, type Sample } from './results.ts';
import { bytesBelow, readThrough, requireArchives, requireSameTree } from './verify.ts';

const USAGE = `npm run bench -- [options]
  --quick                    a tenth of everything; printed only
  --only mixed,small,large   some of the data sets
  --million                  instead of these: a million empty and tiny files
  --cold                     empty the system's cache before each step (root)
  --rounds <number>          3 by default
`;
const RESULTS = join(import.meta.dirname, 'RESULTS.md');
const GIB = 1024 ** 3;
const standardSets: readonly DataSetName[] = ['mixed', 'small', 'large'];
const backups: ReadonlySet<Step> = new Set(['first backup', 'nothing changed', '1 % changed']);

interface Options {
  readonly quick: boolean;
  readonly cold: boolean;
  readonly rounds: number;
  readonly dataSets: readonly DataSetName[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      cold: { type: 'boolean', default: false },
      million: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const names = values.only?.split(',') ?? standardSets;
  const unknown = names.filter((name) => !standardSets.some((known) => known === name));
  const rounds = Number(values.rounds);
  if (unknown.length > 0) throw new Error(`No such data set: ${unknown.join(', ')}`);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`Not a number of rounds: ${values.rounds}`);
  return {
    quick: values.quick,
    cold: values.cold,
    rounds,
    dataSets: values.million ? ['million'] : standardSets.filter((name) => names.includes(name)),
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

/** A million files are about memory, against restic: to write them all and to find them unchanged. */
function stepsFor({ name }: DataSet): readonly Step[] {
  return name === 'million' ? ['first backup', 'nothing changed'] : steps;
}

function programsFor({ name }: DataSet, programs: readonly Program[]): readonly Program[] {
  return name === 'million' ? programs.filter(({ id }) => id !== 'borg') : programs;
}

/** The source; and of each program a repository that compressed nothing, and a restored copy. */
function requireRoom(work: string, dataSet: DataSet, programs: number): void {
  const onDisk = diskBytes(dataSet);
  const files = dataSet.files.length;
  const wanted = 1.05 * (onDisk + programs * (onDisk + dataSet.bytes + 1024 * files));
  const { bavail, bsize, ffree, files: inodes } = statfsSync(work);
  if (bavail * bsize < wanted) {
    throw new Error(
      `${dataSet.title} needs ${gib(wanted)} at ${work}, where ${gib(bavail * bsize)} are free. TMPDIR chooses another place.`,
    );
  }
  // Some file systems have as many inodes as they need, and say 0.
  if (inodes > 0 && ffree < 1.2 * (1 + programs) * files) {
    throw new Error(
      `${dataSet.title} needs ${Math.ceil(1.2 * (1 + programs) * files)} inodes at ${work}; ${ffree} are free.`,
    );
  }
}

class Comparison {
  readonly #work: string;
  readonly #options: Options;
  readonly #dataSet: DataSet;
  readonly #programs: readonly Program[];
  readonly #source: string;
  readonly #samples: Sample[] = [];
  /** Of the round that is running. */
  readonly #keySeconds = new Map<Program, number>();
  readonly #keyCosts = new Map<Program, readonly string[]>();

  constructor(work: string, options: Options, dataSet: DataSet, programs: readonly Program[]) {
    this.#work = work;
    this.#options = options;
    this.#dataSet = dataSet;
    this.#programs = programs;
    this.#source = join(work, 'source');
  }

  async run(): Promise<string> {
    const { quick, cold, rounds } = this.#options;
    const facts = [
      machine(this.#work),
      this.#programs.map(({ version }) => version).join(' · '),
      `${rounds === 1 ? 'one round' : `${rounds} rounds in turn`}, the system's cache ${cold ? 'emptied before each step' : 'warm'}`,
    ];
    if (quick) facts.push('a tenth of the data: the ratios are not those of a full run');
    say(`${this.#dataSet.title}: writing it`);
    await writeDataSet(this.#source, this.#dataSet);
    for (let round = 1; round <= rounds; round += 1) await this.#round(round);
    rmSync(this.#source, { recursive: true });
    return renderRun({
      dataSet: this.#dataSet.name,
      heading: `${this.#dataSet.title}, ${cold ? 'cold' : 'warm'}`,
      facts,
      programs: this.#programs.map((program) => ({
        id: program.id,
        label: program.label,
        keyCosts: this.#keyCosts.get(program) ?? [],
      })),
      samples: this.#samples,
    });
  }

  async #round(round: number): Promise<void> {
    if (!this.#options.cold) await readThrough(this.#source);
    for (const program of this.#programs) {
      const { home, target } = this.#place(program);
      mkdirSync(join(home, 'tmp'), { recursive: true });
      mkdirSync(target, { recursive: true });
      await this.#measure(program, 'init');
      await this.#measureKey(program);
    }
    for (const step of stepsFor(this.#dataSet)) {
      if (step === '1 % changed') await changeDataSet(this.#source, this.#dataSet, round);
      for (const program of this.#programs) await this.#step(round, step, program);
    }
    if (round === 1) this.#requireArchives();
    rmSync(join(this.#work, 'programs'), { recursive: true });
  }

  async #step(round: number, step: Step, program: Program): Promise<void> {
    const place = this.#place(program);
    if (step === 'restore') await this.#forgetDeleted(program);
    const measured = await this.#measure(program, step);
    const { wallSeconds, cpuSeconds, peakBytes } = measured;
    say(
      `round ${round}, ${step}: ${program.label} ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${Math.round(peakBytes / 1024 ** 2)} MiB`,
    );
    const repositoryBytes = bytesBelow(place.repository);
    this.#samples.push({
      ...measured,
      program: program.id,
      step,
      repositoryBytes,
      keySeconds: this.#keySeconds.get(program) ?? 0,
    });
    if (step === 'restore' && round === 1) {
      await requireSameTree(this.#source, join(place.target, this.#source));
    }
  }

  /**
   * ext4 looks past each inode that was deleted within the last minutes, as long as it has not forgotten that, at the cost of whoever makes files then:
   * twice the time for 200,000 of them. So the system's memory of everything is emptied; then what a restore reads, and the program, are read once.
   */
  async #forgetDeleted(program: Program): Promise<void> {
    if (this.#options.cold || process.getuid?.() !== 0) return;
    settle(true);
    await readThrough(this.#place(program).repository);
    await this.#measure(program, 'open');
  }

  /** The work is always the same and done by one core, and only what else the machine does adds to it: CPU time, and the least of a few. */
  async #measureKey(program: Program): Promise<void> {
    const least = async (task: Task): Promise<number> => {
      const seconds: number[] = [];
      for (let time = 0; time < 3; time += 1) {
        seconds.push((await this.#measure(program, task)).cpuSeconds);
      }
      return Math.min(...seconds);
    };
    const start = await least('start');
    this.#keySeconds.set(program, Math.max(0, (await least('open')) - start));
    const cost = program.keyCost(this.#place(program).repository);
    this.#keyCosts.set(program, [...(this.#keyCosts.get(program) ?? []), cost]);
  }

  async #measure(program: Program, task: Task): Promise<Measurement> {
    settle(this.#options.cold);
    const place = this.#place(program);
    return measure(program.command(task, place), {
      cwd: task === 'restore' ? place.target : place.home,
      env: environmentOf(program, place),
      report: join(place.home, 'time'),
    });
  }

  #place({ id }: Program): Place {
    const folder = join(this.#work, 'programs', id);
    return {
      source: this.#source,
      repository: join(folder, 'repository'),
      target: join(folder, 'restored'),
      home: join(folder, 'home'),
      secretFile: join(this.#work, 'secret'),
    };
  }

  #requireArchives(): void {
    const { files, bytes } = this.#dataSet;
    const archives = stepsFor(this.#dataSet).filter((step) => backups.has(step)).length;
    for (const program of this.#programs) {
      requireArchives(program, this.#place(program), archives, { files: files.length, bytes });
    }
  }
}

function machine(work: string): string {
  const fileSystem = spawnSync('df', ['--output=fstype', work], { encoding: 'utf8' });
  const [load = 0] = loadavg();
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${gib(totalmem())}`,
    `Linux ${release()}, ${fileSystem.stdout.trim().split('\n').at(-1) ?? 'unknown file system'}`,
    `load ${load.toFixed(1)} before it began`,
  ].join(' · ');
}

async function main(options: Options, work: string): Promise<void> {
  const programs = findPrograms();
  for (const { version } of programs) say(version);
  writeSecret(join(work, 'secret'));
  const dataSets = options.dataSets.map((name) => planDataSet(name, options.quick ? 0.1 : 1));
  for (const dataSet of dataSets) requireRoom(work, dataSet, programs.length);
  for (const dataSet of dataSets) {
    const chosen = programsFor(dataSet, programs);
    const section = await new Comparison(work, options, dataSet, chosen).run();
    process.stdout.write(`\n${section}\n\n`);
    if (options.quick) continue;
    // After each data set: what is measured is not lost when a later one is interrupted.
    writeFileSync(
      RESULTS,
      withSection(existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '', section),
    );
  }
}

function fail(error: unknown, status: number): never {
  say(error instanceof Error ? error.message : String(error));
  process.exit(status);
}

let options: Options;
try {
  options = readOptions();
} catch (error) {
  say(USAGE);
  fail(error, 2);
}
const obstacle = whyNotMeasurable(options.cold);
if (obstacle !== null) fail(obstacle, 1);

const work = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const cleanUp = (): void => {
  stopRunning();
  rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    say('Interrupted; cleaning up');
    cleanUp();
    process.exit(130);
  });
}
try {
  await main(options, work);
} catch (error) {
  cleanUp();
  fail(error, 1);
}
cleanUp();
