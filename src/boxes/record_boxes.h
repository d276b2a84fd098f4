// The boxes of a record, as the prototype wrote them, and its trailer.
#pragma once

#include "boxes/fourcc.h"

namespace reel {

inline constexpr FourCC kVectorBox{"vct1"};    ///< float32 big-endian x dimension
inline constexpr FourCC kMetadataBox{"json"};  ///< UTF-8 JSON object with "doc_id"
inline constexpr FourCC kTextBox{"txt1"};      ///< UTF-8, may be empty
inline constexpr FourCC kTrailerBox{"oidx"};   ///< UTF-8 JSON: id -> offsets of box headers

inline constexpr FourCC kFreeBox{"free"};       ///< Free Space Box, ISO/IEC 14496-12 section 8.1.2
inline constexpr FourCC kMediaDataBox{"mdat"};  ///< Media Data Box, section 8.1.1
inline constexpr FourCC kMovieBox{"moov"};
inline constexpr FourCC kFragmentBox{"moof"};
inline constexpr FourCC kExtendedBox{"uuid"};

}  // namespace reel
