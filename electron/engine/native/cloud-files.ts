/**
 * Files that are named on this disk while their bytes are in a cloud: iCloud's files without data (macOS), its older stubs `.name.icloud`,
 * and the placeholders of Windows. Asked with care: merely opening such a file may download it.
 * Source: <sys/stat.h> of macOS (SF_DATALESS); "File Attribute Constants" of Windows; the man page of brctl.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type koffiModule from 'koffi';

type Koffi = typeof koffiModule;

export interface CloudFiles {
  /** Whether the bytes of this file are somewhere else. `sizes` are those of `lstat`. Never throws. */
  isElsewhere(path: Buffer, sizes: { readonly size: bigint; readonly blocks: bigint }): boolean;
  /** Asks the system to bring the bytes; they come later, or never. Never rejects. */
  request(path: string): Promise<void>;
}

const SF_DATALESS = 0x4000_0000;
/** `st_flags` in the 64-bit `struct stat` of macOS, which is 144 bytes long. */
const MAC_FLAGS_OFFSET = 116;
const MAC_STAT_BYTES = 144;
const FILE_ATTRIBUTE_OFFLINE = 0x1000;
const FILE_ATTRIBUTE_RECALL_ON_OPEN = 0x4_0000;
const FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS = 0x40_0000;
const WINDOWS_ELSEWHERE =
  FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_RECALL_ON_OPEN | FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS;
const INVALID_FILE_ATTRIBUTES = 0xffff_ffff;

/** Systems without such files, and machines where the native library does not load. */
export const noCloudFiles: CloudFiles = {
  isElsewhere: () => false,
  request: () => Promise.resolve(),
};

let opened: Promise<CloudFiles> | null = null;

/** One for the whole process. Never rejects. */
export function openCloudFiles(): Promise<CloudFiles> {
  return (opened ??= chooseCloudFiles().catch(() => noCloudFiles));
}

async function chooseCloudFiles(): Promise<CloudFiles> {
  const { platform } = process;
  if (platform !== 'darwin' && platform !== 'win32') return noCloudFiles;
  const { default: koffi } = await import('koffi');
  return platform === 'darwin' ? macCloudFiles(koffi) : windowsCloudFiles(koffi);
}

function macCloudFiles(koffi: Koffi): CloudFiles {
  // Intel Macs have two generations of the structure; the newer one has this name.
  const name = process.arch === 'x64' ? 'lstat$INODE64' : 'lstat';
  const lstat = koffi.load(null).func(name, 'int', ['void *', 'void *']);
  return {
    isElsewhere: (path, { size, blocks }) => {
      // Cheap, and true of each of them: only then the system is asked.
      if (size === 0n || blocks !== 0n) return false;
      const stat = Buffer.alloc(MAC_STAT_BYTES);
      if (lstat(Buffer.concat([path, Buffer.from([0])]), stat) !== 0) return false;
      return (stat.readUInt32LE(MAC_FLAGS_OFFSET) & SF_DATALESS) !== 0;
    },
    request: (path) => quietly('brctl', ['download', path]),
  };
}

function windowsCloudFiles(koffi: Koffi): CloudFiles {
  const attributes = koffi
    .load('kernel32.dll')
    .func('__stdcall', 'GetFileAttributesW', 'uint32_t', ['str16']);
  return {
    isElsewhere: (path) => {
      const flags = attributes(path.toString()) as number;
      return flags !== INVALID_FILE_ATTRIBUTES && (flags & WINDOWS_ELSEWHERE) !== 0;
    },
    // "Always keep on this device" is what makes Windows bring it.
    request: (path) => quietly('attrib', ['+P', '-U', path]),
  };
}

/** Whether the bytes came is seen at the file itself. */
async function quietly(program: string, parameters: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...parameters], { timeout: 30_000, windowsHide: true }).catch(
    () => undefined,
  );
}
