/** Line icons of 16 × 16; always beside text or inside a labelled element. */
const SHAPES = {
  file: 'M4 1.5h5l3.5 3.5v9.5h-8.5zM9 1.5v3.5h3.5',
  dir: 'M1.5 3.5h4.5l1.5 2h7v8h-13z',
  symlink: 'M6.5 9.5l3-3M5 8 3.5 9.5a2.1 2.1 0 0 0 3 3L8 11M8 5l1.5-1.5a2.1 2.1 0 0 1 3 3L11 8',
  deleted: 'M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4',
  network:
    'M6.5 4h3M5 5.5 4 10M11 5.5 12 10M3 4a1.75 1.75 0 1 0 3.5 0A1.75 1.75 0 1 0 3 4zM9.5 4a1.75 1.75 0 1 0 3.5 0 1.75 1.75 0 1 0-3.5 0zM2 11.75a1.75 1.75 0 1 0 3.5 0 1.75 1.75 0 1 0-3.5 0zM10.5 11.75a1.75 1.75 0 1 0 3.5 0 1.75 1.75 0 1 0-3.5 0z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14.5 14.5',
  conflict: 'M8 2v5M8 7l-4.5 6.5M8 7l4.5 6.5',
  share:
    'M5.6 7.1 10.4 4.6M5.6 8.9l4.8 2.5M2.2 8a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0zM10.2 3.7a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0zM10.2 12.3a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0z',
  users:
    'M6 8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM1.5 13.5c.5-3 2.3-4 4.5-4s4 1 4.5 4M11 3a2.5 2.5 0 0 1 0 5M12 9.8c1.5.4 2.3 1.7 2.5 3.7',
  upload: 'M8 11V2.5M4.5 6 8 2.5 11.5 6M2 11v3h12v-3',
  download: 'M8 2.5V11M4.5 7.5 8 11l3.5-3.5M2 11v3h12v-3',
  uploadDir: 'M1.5 3.5h4.5l1.5 2h7v8h-13zM8 12V7.5M6 9.3l2-2 2 2',
  moveTo: 'M1.5 3.5h4.5l1.5 2h7v8h-13zM5 9.5h5.5M8.6 7.5l2 2-2 2',
  rename: 'M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7 11.3 7',
  view: 'M2 4h7M13 4h1M2 8h1M7 8h7M2 12h9M10 2.5v3M5 6.5v3M12.5 10.5v3',
  restore: 'M3 8a5 5 0 1 0 1.7-3.8M3 2.5v3h3',
  plus: 'M8 3v10M3 8h10',
  up: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  back: 'M10 3 5 8l5 5',
  dots: 'M3 8h.01M8 8h.01M13 8h.01',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3l8 5-8 5z',
  trouble: 'M8 2 14.5 13.5h-13zM8 6.5v3.5M8 12h.01',
  check: 'M3 8.5 6.5 12 13 4.5',
  menu: 'M2 4h12M2 8h12M2 12h12',
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
