import type { ComponentChildren } from 'preact';

export interface Place {
  name: string;
  href: string;
}

interface Props<P extends Place> {
  label: string;
  /** From the first screen to this one. */
  places: P[];
  /** Renders a parent; by default a link. */
  above?: (place: P) => ComponentChildren;
}

/** Breadcrumbs: parents are links, and the last place is the title of the screen. */
export function Trail<P extends Place>({ label, places, above = linkTo }: Props<P>) {
  return (
    <nav class="crumbs" aria-label={label}>
      <ol>
        {places.map((place, i) => (
          <li key={place.href}>
            {i === places.length - 1 ? (
              <h1>
                <bdi>{place.name}</bdi>
              </h1>
            ) : (
              above(place)
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function linkTo({ name, href }: Place) {
  return (
    <a href={href}>
      <bdi>{name}</bdi>
    </a>
  );
}
