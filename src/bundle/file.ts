import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InvalidInput } from '../base/invalid-input.ts';
import { Bundle } from './bundle.ts';

/** Of the file format. A later version has another number, and its own format. */
const VERSION = 1;
const FIRST_LINE = /^sitesync bundle (\d+)$/;
const LINE = 76;
/** The bundle of a network of a thousand sites has some 30 KB: anything larger than this is not a bundle. */
const MAX_BYTES = 16 * 2 ** 20;

/** The bundle as one file: text, so that it survives copy and paste, with a checksum that reveals when it did not. */
export function formatBundle(bundle: Bundle): string {
  const packed = gzipSync(JSON.stringify(bundle)).toString('base64');
  const lines = [
    `sitesync bundle ${VERSION}`,
    `# Site ${bundle.site} of the network ${bundle.network}, issue ${bundle.issue}, made ${new Date(bundle.madeAt).toISOString()}.`,
    '# Whoever has this file can act as that site: transfer it securely, and delete it once its machine has joined.',
    '# On that machine, run: npx sitesync join FILE',
    ...(packed.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []),
  ];
  const text = `${lines.join('\n')}\n`;
  return `${text}sha256 ${checksum(text)}\n`;
}

/** Parses the file; throws {@link InvalidInput} that names it. */
export function parseBundle(text: string, file: string): Bundle {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const version = FIRST_LINE.exec(lines[0] ?? '')?.[1];
  if (version === undefined) throw wrong(file, 'is not a bundle', 'Create one with "npx sitesync bundle SITE > FILE"');
  if (Number(version) !== VERSION) {
    const reason = `has version ${version}, but this SiteSync only supports version ${VERSION}`;
    throw wrong(file, reason, 'Install the same version of SiteSync as the operator of the network');
  }
  const sum = /^sha256 ([0-9a-f]{64})$/.exec(lines.at(-1) ?? '')?.[1];
  const body = lines.slice(0, -1);
  if (sum === undefined || sum !== checksum(`${body.join('\n')}\n`)) throw damaged(file);
  try {
    return unpack(
      body
        .slice(1)
        .filter((line) => !line.startsWith('#'))
        .join(''),
    );
  } catch {
    throw damaged(file);
  }
}

/** Throws when this is not a packed bundle. */
function unpack(base64: string): Bundle {
  const json = gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_BYTES });
  return Bundle.parse(JSON.parse(json.toString('utf8')));
}

const checksum = (text: string) => createHash('sha256').update(text).digest('hex');
const damaged = (file: string) =>
  wrong(file, 'is damaged or truncated: its checksum is wrong', 'Copy it again, or create another one');
const wrong = (file: string, reason: string, remedy: string) => new InvalidInput([{ file, reason, remedy }]);
