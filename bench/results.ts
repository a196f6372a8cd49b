/** What was measured as text: one section with one table for each data set. */
import type { DataSetName } from './data-sets.ts';
import type { Measurement } from './measure.ts';
import type { ProgramId, Step } from './programs.ts';

/** One step of one program in one round. */
export interface Sample extends Measurement {
  readonly program: ProgramId;
  readonly step: Step;
  /** What making the key of the password takes in the repository of this round. */
  readonly keySeconds: number;
  /** Bytes of the repository after the step. */
  readonly repositoryBytes: number;
}

export interface Compared {
  readonly id: ProgramId;
  readonly label: string;
  /** How the key is made of the password, in all rounds: restic measures the machine anew for each repository. */
  readonly keyCosts: readonly string[];
}

export interface Run {
  readonly dataSet: DataSetName;
  readonly heading: string;
  /** Date, machine, versions and what else has to be known to read the table. */
  readonly facts: readonly string[];
  readonly programs: readonly Compared[];
  readonly samples: readonly Sample[];
}

type Figure = 'wall' | 'wallLessKey' | 'cpu' | 'peak' | 'repository';

const MIB = 1024 * 1024;

const figures: Readonly<
  Record<
    Figure,
    {
      readonly label: string;
      readonly digits: number;
      readonly of: (sample: Sample) => number;
    }
  >
> = {
  wall: { label: 'wall, s', digits: 2, of: ({ wallSeconds }) => wallSeconds },
  wallLessKey: {
    label: 'wall without key, s',
    digits: 2,
    of: ({ wallSeconds, keySeconds }) => wallSeconds - keySeconds,
  },
  cpu: { label: 'CPU, s', digits: 2, of: ({ cpuSeconds }) => cpuSeconds },
  peak: { label: 'peak memory, MiB', digits: 0, of: ({ peakBytes }) => peakBytes / MIB },
  repository: {
    label: 'repository, MiB',
    digits: 1,
    of: ({ repositoryBytes }) => repositoryBytes / MIB,
  },
};

/** What a figure has to reach: at most `factor` times the peer's, and `plus` in its unit. */
interface Bar {
  readonly dataSets: readonly DataSetName[];
  readonly steps: readonly Step[];
  readonly figure: Figure;
  readonly peer: ProgramId;
  readonly factor: number;
  readonly plus?: number;
  readonly aim?: number;
}

const everySet: readonly DataSetName[] = ['mixed', 'small', 'large', 'million'];
const bars: readonly Bar[] = [
  {
    dataSets: ['mixed'],
    steps: ['first backup'],
    figure: 'wall',
    peer: 'restic',
    factor: 0.6,
    aim: 0.4,
  },
  {
    dataSets: ['mixed'],
    steps: ['first backup'],
    figure: 'wall',
    peer: 'borg',
    factor: 0.7,
    aim: 0.4,
  },
  {
    dataSets: ['small'],
    steps: ['first backup'],
    figure: 'wall',
    peer: 'restic',
    factor: 0.7,
    aim: 0.4,
  },
  {
    dataSets: ['small'],
    steps: ['nothing changed'],
    figure: 'wall',
    peer: 'restic',
    factor: 0.6,
    aim: 0.3,
  },
  {
    dataSets: ['mixed', 'small'],
    steps: ['restore'],
    figure: 'wall',
    peer: 'restic',
    factor: 0.7,
    aim: 0.4,
  },
  {
    dataSets: ['million'],
    steps: ['first backup', 'nothing changed'],
    figure: 'peak',
    peer: 'restic',
    factor: 1,
    plus: 120,
    aim: 1,
  },
  {
    dataSets: everySet,
    steps: ['first backup'],
    figure: 'repository',
    peer: 'restic',
    factor: 1.02,
    aim: 1,
  },
  {
    dataSets: everySet,
    steps: ['first backup'],
    figure: 'cpu',
    peer: 'restic',
    factor: 0.8,
    aim: 0.5,
  },
];

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function renderRun(run: Run): string {
  const header = [
    'step',
    'figure',
    ...run.programs.map(({ label }) => label),
    ...peersOf(run).map(({ label }) => `÷ ${label}`),
    'to reach',
  ];
  const rows = [...new Set(run.samples.map(({ step }) => step))].flatMap((step) =>
    figuresOf(step).map((figure) => row(run, step, figure)),
  );
  return [
    `## ${run.heading}`,
    run.facts.map((fact) => `- ${fact}`).join('\n'),
    table(header, rows, 2),
    table(
      ['program', 'key, s', 'made by'],
      run.programs.map(({ id, label, keyCosts }) => [
        label,
        median(
          run.samples.filter(({ program }) => program === id).map(({ keySeconds }) => keySeconds),
        ).toFixed(2),
        [...new Set(keyCosts)].join(', '),
      ]),
      1,
    ),
  ].join('\n\n');
}

function peersOf({ programs }: Run): readonly Compared[] {
  return programs.filter(({ id }) => id !== 'holdfast');
}

/** Only a backup changes the repository. */
function figuresOf(step: Step): readonly Figure[] {
  const always: readonly Figure[] = ['wall', 'wallLessKey', 'cpu', 'peak'];
  return step === 'restore' || step === 'check of all data' ? always : [...always, 'repository'];
}

function valuesOf(run: Run, program: Compared, step: Step, figure: Figure): readonly number[] {
  return run.samples
    .filter((sample) => sample.program === program.id && sample.step === step)
    .map((sample) => figures[figure].of(sample));
}

function row(run: Run, step: Step, figure: Figure): readonly string[] {
  const { label, digits } = figures[figure];
  const medians = new Map<ProgramId, number>();
  const cells = run.programs.map((program) => {
    const values = valuesOf(run, program, step, figure);
    const middle = median(values);
    medians.set(program.id, middle);
    // How far the rounds lie apart tells how much of a difference is noise.
    const spread = `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
    return figure === 'wall' && values.length > 1
      ? `${middle.toFixed(digits)} (${spread})`
      : middle.toFixed(digits);
  });
  const ours = medians.get('holdfast') ?? Number.NaN;
  const ratios = peersOf(run).map(({ id }) => (ours / (medians.get(id) ?? Number.NaN)).toFixed(2));
  const verdicts = bars
    .filter(
      (bar) =>
        bar.dataSets.includes(run.dataSet) && bar.steps.includes(step) && bar.figure === figure,
    )
    .flatMap((bar) => {
      const peer = run.programs.find(({ id }) => id === bar.peer);
      const theirs = medians.get(bar.peer);
      return peer === undefined || theirs === undefined
        ? []
        : [verdict(bar, peer.label, ours, theirs)];
    });
  return [step, label, ...cells, ...ratios, verdicts.join('; ')];
}

function verdict(
  { factor, plus = 0, aim }: Bar,
  peer: string,
  ours: number,
  theirs: number,
): string {
  const limit = `≤ ${factor.toFixed(2)} × ${peer}${plus > 0 ? ` + ${plus}` : ''}`;
  if (ours > theirs * factor + plus) return `${limit}: missed`;
  const goal =
    aim !== undefined && ours <= theirs * aim ? `, and the aim of ${aim.toFixed(2)}` : '';
  return `${limit}: reached${goal}`;
}

/** As prettier writes it; the first `texts` columns and the last one are text, those between are numbers. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  texts: number,
): string {
  const isNumber = (column: number): boolean => column >= texts && column < header.length - 1;
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((width, column) => {
      const cell = cells[column] ?? '';
      return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

const INTRODUCTION = `# Holdfast beside restic and BorgBackup

Written by \`npm run bench\`; each section by the last full run of it. Every figure is the median of its rounds (of wall times also the
least and the greatest), in which the programs took turns step by step on the same data, which is generated and the same in every run.

- Each step is a fresh process with default settings, without a daemon. Holdfast is \`bin/holdfast\`; Borg's repository is made
  with \`--encryption repokey\` and so compresses with lz4, restic's and Holdfast's with zstd as is their default.
- All open with the same password, at the cost that each program takes for one by itself. What that takes stands apart: it is the CPU time of a
  command that does nothing but open the repository, less that of one that prints the version (of each the least of three).
- CPU is user and system time, memory the most that all processes of the program held together. A repository's size is that of its files.
- Before each step what is left to be written is written (\`sync\`). Warm: the source was read once before the first backups, and the
  repository was just written. Cold: the cache of the system was emptied before each step.
- In the first round restic's check judges the repositories of restic and Holdfast, all archives are counted, and what was restored is
  compared with the source byte by byte.
`;

/** The file with this section in the place of the one of the same name, or after the others. */
export function withSection(file: string, section: string): string {
  const titleOf = (text: string): string => text.slice(0, text.indexOf('\n'));
  const sections = file
    .split(/^(?=## )/mu)
    .filter((text) => text.startsWith('## '))
    .map((text) => text.trim());
  const place = sections.findIndex((text) => titleOf(text) === titleOf(section));
  const all = place === -1 ? [...sections, section] : sections.with(place, section);
  return [INTRODUCTION, ...all.map((text) => `${text}\n`)].join('\n');
}
