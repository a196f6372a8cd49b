/** The secret leaves for a password manager or for paper. Files in clear are remembered and watched until they are gone. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { HoldfastError } from '../../../shared/errors.ts';
import type { RequestParams, SecretSource } from '../../../shared/ipc/contract.ts';
import { encryptedForms, type PlaintextExport } from '../../../shared/model/key-export.ts';
import { placeText } from '../../../shared/location-names.ts';
import { recoveryKit } from '../../../shared/recovery-kit.ts';
import { handOver, installedManagerPrograms } from '../../keys/exports/command-line-managers.ts';
import { exportForms } from '../../keys/exports/export-forms.ts';
import { managerEntry, type ManagerEntry } from '../../keys/exports/manager-entry.ts';
import { unsafePlace } from '../../keys/exports/safe-place.ts';
import { unfinishedName, whereabouts, writeSecretFile } from '../../keys/exports/secret-file.ts';
import type { Handlers } from '../ipc-router.ts';
import { factsToTakeOut, type SourceFacts } from '../secret-source.ts';
import type { HandlerContext } from './context.ts';

type ExportRequests =
  'keys:programs' | 'keys:export' | 'keys:hand-over' | 'keys:delete-export' | 'keys:save-kit';
type Language = RequestParams<'keys:save-kit'>['language'];

export function exportHandlers(context: HandlerContext): Pick<Handlers, ExportRequests> {
  const { computerName, desktop, fontFolder, model } = context;

  async function entryOf(source: SecretSource, language: Language): Promise<ManagerEntry> {
    return managerEntry({ ...(await factsToTakeOut(context, source)), computerName, language });
  }

  /** null when the person cancelled. */
  async function choosePlace(
    facts: SourceFacts,
    name: string,
    extension: string,
  ): Promise<string | null> {
    const path = await desktop.chooseFile(`${name} ${facts.fingerprint}`, extension);
    if (path === null) return null;
    const { plans, destinations } = model.settings;
    const unsafe = await unsafePlace(path, {
      sources: [...plans.flatMap(({ sources }) => sources), ...facts.sources],
      destinations: [...destinations.map(({ location }) => placeText(location)), facts.place],
    });
    if (unsafe !== null) throw new HoldfastError('export/unsafe-place', { context: { unsafe } });
    return path;
  }

  /**
   * A file with the secret in clear is watched from before it is written, under the name that it has while it is written, too: what a crash
   * leaves behind is known. Where writing fails, nothing is watched that is not there.
   */
  async function writeWatched(
    path: string,
    bytes: Buffer,
    kind: PlaintextExport['kind'],
    { fingerprint, keyId }: SourceFacts,
    source: SecretSource,
  ): Promise<void> {
    const unfinished = unfinishedName(path);
    const watched = (each: string): PlaintextExport => ({
      path: each,
      id: randomUUID(),
      kind,
      fingerprint,
      writtenAt: new Date().toISOString(),
      draftId: source.kind === 'draft' ? source.draftId : null,
      keyId,
      opensNothing: false,
    });
    const [whole, part] = [watched(path), watched(unfinished)];
    await model.update((settings) => ({
      ...settings,
      exports: [...settings.exports, whole, part],
    }));
    try {
      await writeSecretFile(path, bytes, unfinished);
    } catch (error) {
      // Where there is no such folder nothing was begun; on a stick that was pulled out something may be left.
      const leftNothing =
        whereabouts(unfinished) === 'gone' ||
        (error instanceof HoldfastError && error.context['code'] === 'ENOENT');
      await dropExports(({ id }) => id === whole.id || (id === part.id && leftNothing)).catch(
        () => undefined,
      );
      throw error;
    }
    // What was at that place before is replaced; and those that are gone need no watching.
    await dropExports(
      (other) =>
        other.id !== whole.id && (other.path === path || whereabouts(other.path) === 'gone'),
    );
  }

  /** Nothing in clear is in it; a file with a secret may have been at that place. */
  async function writeSecretless(path: string, bytes: Buffer): Promise<void> {
    await writeSecretFile(path, bytes);
    await dropExports((other) => other.path === path);
  }

  async function dropExports(isDropped: (written: PlaintextExport) => boolean): Promise<void> {
    await model.update((settings) => ({
      ...settings,
      exports: settings.exports.filter((written) => !isDropped(written)),
    }));
  }

  return {
    'keys:programs': () => installedManagerPrograms(),

    'keys:export': async ({ source, form, filePassword, language }) => {
      const isEncrypted = encryptedForms.has(form);
      if (isEncrypted !== (filePassword !== null)) {
        throw new HoldfastError('ipc/invalid-request', { context: { fields: 'filePassword' } });
      }
      const facts = await factsToTakeOut(context, source);
      const { extension, write } = exportForms[form];
      const path = await choosePlace(facts, 'Holdfast key', extension);
      if (path === null) return { path };
      const entry = managerEntry({ ...facts, computerName, language });
      const bytes = await write(entry, filePassword ?? '');
      if (isEncrypted || facts.secret === null) await writeSecretless(path, bytes);
      else await writeWatched(path, bytes, 'manager-file', facts, source);
      return { path };
    },

    'keys:hand-over': async ({ source, program, language }) => {
      await handOver(program, await entryOf(source, language));
      return null;
    },

    'keys:delete-export': async ({ exportId }) => {
      const found = model.settings.exports.find(({ id }) => id === exportId);
      if (found === undefined) return null;
      try {
        // On a stick that is not there now it would be back with the stick.
        if (whereabouts(found.path) === 'unknown') throw new Error('its place is not there');
        await rm(found.path, { force: true });
      } catch (error) {
        throw new HoldfastError('export/not-deleted', {
          context: { path: found.path },
          cause: error,
        });
      }
      await dropExports(({ path }) => path === found.path);
      return null;
    },

    'keys:save-kit': async ({ source, language }) => {
      const facts = await factsToTakeOut(context, source);
      const path = await choosePlace(facts, 'Holdfast recovery kit', 'pdf');
      if (path === null) return { path };
      const key = facts.kind === 'key' ? facts.secret : null;
      const madeOn = new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date());
      const kit = recoveryKit({ ...facts, key, computerName, language, madeOn });
      // The PDF library is large and rarely needed.
      const [{ kitToPdf }, { readKitFonts }] = await Promise.all([
        import('../../keys/kit/kit-pdf.ts'),
        import('../../keys/kit/kit-fonts.ts'),
      ]);
      const pdf = await kitToPdf(kit, await readKitFonts(fontFolder));
      if (key === null) await writeSecretless(path, pdf);
      else await writeWatched(path, pdf, 'recovery-kit', facts, source);
      return { path };
    },
  };
}
