/** Reads the data types of RFC 4251 §5. Throws RangeError beyond the end. */
export class WireReader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  uint32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  uint64(): bigint {
    this.at += 8;
    return this.bytes.readBigUInt64BE(this.at - 8);
  }

  string(): Buffer {
    const length = this.uint32();
    if (this.at + length > this.bytes.length) throw new RangeError('string beyond the end');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Skips these bytes if they come next. */
  skip(expected: Buffer): boolean {
    if (!this.bytes.subarray(this.at, this.at + expected.length).equals(expected)) return false;
    this.at += expected.length;
    return true;
  }
}

/** Encodes a string as in RFC 4251 §5. */
export function encodeString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
