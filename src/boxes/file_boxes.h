// Boxes of the file's top level.
#pragma once

#include "boxes/field_io.h"

namespace reel {

/// File Type Box, ISO/IEC 14496-12 section 4.3.
struct FileTypeBox {
    static constexpr FourCC kType{"ftyp"};
    FourCC major_brand;
    uint32_t minor_version = 0;
    std::vector<FourCC> compatible_brands;

    void fields(auto& io) {
        io.field("major_brand", major_brand);
        io.field("minor_version", minor_version);
        io.rest("compatible_brands", compatible_brands);
    }
};

}  // namespace reel
