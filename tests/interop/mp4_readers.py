"""What other people's MP4 readers find in a file: for each, a function path -> [samples of track 1, 2, 3].

A sample is (offset, size). MediaInfo only counts: its function returns three numbers.
"""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
TRACKS = (1, 2, 3)  # texts, metadata, vectors


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def ffprobe_counts(path):
    """-count_packets of each stream; a stream without packets has N/A."""
    answer = json.loads(output_of("ffprobe", "-v", "error", "-count_packets", "-show_entries",
                                  "stream=nb_read_packets", "-of", "json", path))
    return [int(stream.get("nb_read_packets", 0)) for stream in answer["streams"]]


def ffprobe(path):
    answer = json.loads(output_of("ffprobe", "-v", "error", "-show_entries", "packet=stream_index,pos,size",
                                  "-of", "json", path))
    samples = [[] for _ in TRACKS]
    for packet in answer["packets"]:
        samples[packet["stream_index"]].append((int(packet["pos"]), int(packet["size"])))
    return samples


def mediainfo_counts(path):
    tracks = json.loads(output_of("mediainfo", "--Output=JSON", path))["media"]["track"]
    return [int(track.get("FrameCount", 0)) for track in tracks if track["@type"] != "General"]


def mp4box_js_module():
    return pathlib.Path(os.environ["REEL_TEST_TOOLS"], "node_modules/mp4box/dist/mp4box.all.js")


def mp4box_js(path):
    tracks = json.loads(output_of("node", HERE / "list_samples.mjs", mp4box_js_module(), path))
    return [[tuple(sample) for sample in tracks[str(track)]] for track in TRACKS]


def pymp4_boxes(path):
    """(boxes, whether the file ends with the last one): pymp4 parses up to a tear, then raises."""
    from pymp4.parser import Box
    import construct
    boxes, size = [], os.path.getsize(path)
    with open(path, "rb") as file:
        while file.tell() < size:
            try:
                boxes.append(Box.parse_stream(file))
            except (construct.ConstructError, OSError):  # OSError: its word for an early end
                return boxes, False
    return boxes, True


def child(box, *kinds):
    for kind in kinds:
        box = next(inner for inner in box.children if inner.type == kind)
    return box


def table_samples(trak):
    """Samples of a movie's complete tables; Reel writes one sample a chunk."""
    tables = child(trak, b"mdia", b"minf", b"stbl")
    stsz = child(tables, b"stsz")
    sizes = stsz.entry_sizes or [stsz.sample_size] * stsz.sample_count
    offsets = [entry.chunk_offset for entry in child(tables, b"co64").entries]
    runs = [entry.samples_per_chunk for entry in child(tables, b"stsc").entries]
    assert runs in ([], [1]) and len(offsets) == len(sizes), "not one sample a chunk"
    return list(zip(offsets, sizes))


def fragment_samples(traf):
    offset = child(traf, b"tfhd").base_data_offset
    for trun in (box for box in traf.children if box.type == b"trun"):
        for sample in trun.sample_info:
            yield offset, sample.sample_size
            offset += sample.sample_size


def pymp4(path):
    boxes, _ = pymp4_boxes(path)
    samples = {track: [] for track in TRACKS}
    movie = next(box for box in boxes if box.type == b"moov")
    for trak in (box for box in movie.children if box.type == b"trak"):
        samples[child(trak, b"tkhd").track_ID] += table_samples(trak)
    for fragment in (box for box in boxes[boxes.index(movie):] if box.type == b"moof"):
        for traf in (box for box in fragment.children if box.type == b"traf"):
            samples[child(traf, b"tfhd").track_ID] += fragment_samples(traf)
    return [samples[track] for track in TRACKS]
