// The box tree of any ISO base media file, as text.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file.h"

namespace reel {

struct DumpedBox {
    unsigned depth = 0;
    std::string type;  ///< "moov"
    std::string name;  ///< the standard's name, "Movie Box"; empty where unknown
    uint64_t offset = 0;
    uint64_t size = 0;
    std::vector<std::string> fields;  ///< "timescale = 1000"
    std::string problem;              ///< empty, or why the box's inside cannot be read
};

/// Visits every box in the order of the file, children behind their parent.
/// Boxes inside an `mdat` that are a store's records or sections are visited
/// if `inside_media` is true. A damaged box is reported in `problem`; what
/// follows it at its level cannot be found. `visit` returns false to stop.
Status dump_boxes(const File& file, bool inside_media, const std::function<bool(const DumpedBox&)>& visit);

}  // namespace reel
