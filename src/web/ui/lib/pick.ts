import type { Picked } from './uploads.ts';

/** Opens the browser's file or directory chooser. */
export function openFileChooser(directory: boolean): Promise<Picked[]> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = directory;
  return new Promise((resolve) => {
    input.addEventListener('cancel', () => resolve([]));
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      resolve(files.map((file) => ({ file, names: (file.webkitRelativePath || file.name).split('/') })));
    });
    input.click();
  });
}

/** What was dropped, directories with all their contents. */
export async function droppedFiles(data: DataTransfer): Promise<Picked[]> {
  // The items are gone after the event: read their entries before awaiting anything.
  const items = [...data.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const picked: Picked[] = [];
  for (const { entry, file } of items) {
    if (entry) await walk(entry, [], picked);
    else if (file) picked.push({ file, names: [file.name] });
  }
  return picked;
}

async function walk(entry: FileSystemEntry, above: string[], picked: Picked[]): Promise<void> {
  const names = [...above, entry.name];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    picked.push({ file, names });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const some = () => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  // Browsers return a hundred at a time.
  for (let batch = await some(); batch.length > 0; batch = await some())
    for (const child of batch) await walk(child, names, picked);
}
