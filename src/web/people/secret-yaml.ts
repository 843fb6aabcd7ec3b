import { parse, YAMLParseError } from 'yaml';
import { InvalidInput } from '../../base/invalid-input.ts';

/** Parses YAML with secrets: errors name the line, never its content. */
export function parseSecretYaml(text: string, file: string): unknown {
  try {
    return parse(text, { prettyErrors: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    const reason = `is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`;
    throw new InvalidInput([{ file, ...(line !== undefined && { line }), reason, remedy: 'Correct that line' }]);
  }
}
