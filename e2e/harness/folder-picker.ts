/** Answers the system's dialogs for folders and files, which no test can click. Works on both runtimes. */
import type { ElectronApplication } from '@playwright/test';

/** Paths that are chosen, or null when the person cancels. */
export type PickerAnswer = readonly string[] | null;

/** The next dialogs get these answers, one each; one dialog more than that rejects. Replaces earlier answers. */
export async function answerFolderPicker(
  app: ElectronApplication,
  ...answers: readonly PickerAnswer[]
): Promise<void> {
  await app.evaluate(({ dialog }, queue) => {
    const left = [...queue];
    dialog.showOpenDialog = async () => {
      const answer = left.shift();
      if (answer === undefined) throw new Error('A folder dialog that the spec does not answer');
      return { canceled: answer === null, filePaths: [...(answer ?? [])] };
    };
  }, answers);
}

/** The next "save as" dialogs get these answers: a path each, or null when the person cancels. */
export async function answerSaveDialog(
  app: ElectronApplication,
  ...answers: readonly (string | null)[]
): Promise<void> {
  await app.evaluate(({ dialog }, queue) => {
    const left = [...queue];
    dialog.showSaveDialog = async () => {
      const answer = left.shift();
      if (answer === undefined) throw new Error('A save dialog that the spec does not answer');
      return { canceled: answer === null, filePath: answer ?? '' };
    };
  }, answers);
}
