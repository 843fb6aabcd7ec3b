import type { InputProblem } from '../base/invalid-input.ts';
import { fieldName } from './field.ts';
import type { Hub, Site, SyncFolder } from './schema.ts';

export type Resource = Site | Hub | SyncFolder;

/** A problem with a field of a resource, with file and line when it came from a file. */
export function problemAt(resource: Resource, path: PropertyKey[], reason: string, remedy: string): InputProblem {
  const line = resource.source?.line(path);
  return {
    ...(resource.source && { file: resource.source.file }),
    ...(line !== undefined && { line }),
    object: `${resource.kind}/${resource.metadata.name}`,
    field: fieldName(path),
    reason,
    remedy,
  };
}
