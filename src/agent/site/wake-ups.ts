import { type Bell, createBell } from '../../base/bell.ts';
import type { Clock } from '../../base/clock.ts';
import { createTopic, type Topic } from '../../base/topic.ts';
import type { Head } from '../store/head.ts';
import type { PathRef } from '../store/path-ref.ts';

/** How the parts of an agent wake each other without knowing each other. */
export interface WakeUps {
  /** There may be something to pull. */
  readonly pull: Bell;
  /** What this site holds has changed. */
  readonly custody: Bell;
  /** These heads have changed. */
  readonly heads: Topic<Head[]>;
  /** The disk differs from the index at these paths: the detector must observe them. */
  readonly look: Topic<PathRef[]>;
  /** These non-empty directories are to become something else. */
  readonly notEmpty: Topic<PathRef[]>;
}

export function createWakeUps(clock: Clock): WakeUps {
  return {
    pull: createBell(clock),
    custody: createBell(clock),
    heads: createTopic(),
    look: createTopic(),
    notEmpty: createTopic(),
  };
}
