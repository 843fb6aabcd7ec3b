import { type Bell, createBell } from '../../base/bell.ts';
import type { Clock } from '../../base/clock.ts';
import { createTopic, type Topic } from '../../base/topic.ts';
import type { Head } from '../store/head.ts';
import type { PathRef } from '../store/path-ref.ts';

/** How one part of an agent wakes another that it need not know. */
export interface WakeUps {
  /** There may be something to pull. */
  readonly pull: Bell;
  /** What this site holds has changed. */
  readonly custody: Bell;
  /** These heads have changed. */
  readonly heads: Topic<Head[]>;
  /** The disk is not what the index says at these paths: the detector looks at them. */
  readonly look: Topic<PathRef[]>;
  /** These directories are to become something else, and have entries. */
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
