// Prints the samples that mp4box.js finds in an MP4 as one JSON object:
// {"1": [[offset, size], ...], ...}, the key being the track's number.
// usage: node list_samples.mjs MP4BOX_MODULE FILE
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, path] = process.argv.slice(2);
const { createFile, Log } = await import(pathToFileURL(module).href);
Log?.setLogLevel?.(Log.error);

const file = createFile();
file.onError = (problem) => {
  console.error(problem);
  process.exit(1);
};
const bytes = readFileSync(path);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
buffer.fileStart = 0;
file.appendBuffer(buffer);
file.flush();

const tracks = {};
for (const track of file.getInfo().tracks) {
  tracks[track.id] = file.getTrackSamplesInfo(track.id).map((sample) => [sample.offset, sample.size]);
}
console.log(JSON.stringify(tracks));
