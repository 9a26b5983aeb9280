/** Writes X.br and X.gz beside each file X of a folder where they are smaller: the server sends them as they are. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const SMALLEST = 256;
const folder = process.argv[2];

for (const name of readdirSync(folder, { recursive: true })) {
  if (!/\.(html|js|css|svg|json|txt|webmanifest)$/.test(name)) continue;
  const path = join(folder, name);
  const plain = readFileSync(path);
  if (plain.length < SMALLEST) continue;
  const packed = {
    br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
    gz: gzipSync(plain, { level: 9 }),
  };
  for (const [ending, bytes] of Object.entries(packed))
    if (bytes.length < plain.length) writeFileSync(`${path}.${ending}`, bytes);
}
