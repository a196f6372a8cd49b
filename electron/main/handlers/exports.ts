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
import { whereabouts, writeSecretFile } from '../../keys/exports/secret-file.ts';
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

  /** From before it is written: a file that a crash leaves behind is watched, too. */
  async function watch(
    path: string,
    kind: PlaintextExport['kind'],
    fingerprint: string,
    source: SecretSource,
  ): Promise<void> {
    const draftId = source.kind === 'draft' ? source.draftId : null;
    const entry = {
      path,
      id: randomUUID(),
      kind,
      fingerprint,
      writtenAt: now(),
      draftId,
      opensNothing: false,
    };
    await model.update((settings) => ({
      ...settings,
      // Those that are gone need no watching.
      exports: [
        ...settings.exports.filter(
          (other) => other.path !== path && whereabouts(other.path) !== 'gone',
        ),
        entry,
      ],
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
      if (!isEncrypted && facts.secret !== null) {
        await watch(path, 'manager-file', facts.fingerprint, source);
      }
      await writeSecretFile(path, bytes);
      await model.refresh();
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
      await model.update((settings) => ({
        ...settings,
        exports: settings.exports.filter(({ id }) => id !== exportId),
      }));
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
      if (key !== null) await watch(path, 'recovery-kit', facts.fingerprint, source);
      await writeSecretFile(path, pdf);
      await model.refresh();
      return { path };
    },
  };
}

function now(): string {
  return new Date().toISOString();
}
