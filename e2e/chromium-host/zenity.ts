/** Dialogs for a person in front of a headed window, asked by zenity. */
import { execFile } from 'node:child_process';
import type * as Electron from 'electron';

interface Answer {
  readonly isConfirmed: boolean;
  readonly text: string;
}

function ask(args: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    execFile('zenity', [...args], (error, stdout) => {
      if (error?.code === 'ENOENT') {
        reject(new Error('Chromium host: dialogs need zenity (Debian: apt-get install zenity)'));
      } else resolve({ isConfirmed: error === null, text: stdout.trimEnd() });
    });
  });
}

export async function choosePaths(
  options: Electron.OpenDialogOptions,
): Promise<Electron.OpenDialogReturnValue> {
  const properties = options.properties ?? [];
  const { isConfirmed, text } = await ask([
    '--file-selection',
    '--separator=\n',
    ...(options.title === undefined ? [] : [`--title=${options.title}`]),
    ...(options.defaultPath === undefined ? [] : [`--filename=${options.defaultPath}`]),
    ...(properties.includes('openDirectory') ? ['--directory'] : []),
    ...(properties.includes('multiSelections') ? ['--multiple'] : []),
  ]);
  return { canceled: !isConfirmed, filePaths: isConfirmed ? text.split('\n') : [] };
}

export async function chooseFile(
  options: Electron.SaveDialogOptions,
): Promise<Electron.SaveDialogReturnValue> {
  const { isConfirmed, text } = await ask([
    '--file-selection',
    '--save',
    '--confirm-overwrite',
    ...(options.title === undefined ? [] : [`--title=${options.title}`]),
    ...(options.defaultPath === undefined ? [] : [`--filename=${options.defaultPath}`]),
  ]);
  return { canceled: !isConfirmed, filePath: isConfirmed ? text : '' };
}

/** Closing the box, and Escape, count as the button that `cancelId` names; without it, as the last one. */
export async function chooseButton(options: Electron.MessageBoxOptions): Promise<number> {
  const buttons = options.buttons ?? ['OK'];
  const text = `--text=${[options.message, options.detail ?? ''].join('\n\n').trimEnd()}`;
  if (buttons.length < 2) {
    await ask(['--info', '--no-markup', text]);
    return 0;
  }
  const cancelId = options.cancelId ?? buttons.length - 1;
  const isDefaultCancel = options.defaultId === undefined || options.defaultId === cancelId;
  const firstOther = cancelId === 0 ? 1 : 0;
  const confirmId = isDefaultCancel ? firstOther : (options.defaultId ?? firstOther);
  const extra = buttons.filter((_, at) => at !== cancelId && at !== confirmId);
  const answer = await ask([
    '--question',
    '--no-markup',
    ...(isDefaultCancel ? ['--default-cancel'] : []),
    text,
    `--ok-label=${buttons[confirmId] ?? ''}`,
    `--cancel-label=${buttons[cancelId] ?? ''}`,
    ...extra.map((label) => `--extra-button=${label}`),
  ]);
  if (answer.isConfirmed) return confirmId;
  return answer.text === '' ? cancelId : buttons.indexOf(answer.text);
}
