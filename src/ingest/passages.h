// Long texts cut into passages that a model can read whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/database.h"
#include "reel/embedder.h"
#include "reel/record.h"

namespace reel {

/// A part of a text.
struct Passage {
    size_t begin = 0;  ///< byte offsets in the text, [begin, end)
    size_t end = 0;
    size_t first_token = 0;
    size_t token_count = 0;

    bool operator==(const Passage&) const = default;
};

/// How long passages are, in tokens of the text (what a model adds of its own is not counted).
struct PassageLimit {
    size_t size = 0;
    size_t overlap = 0;  ///< tokens that a passage may share with the one before it
};

/// kInvalidArgument unless 0 <= overlap < size.
Status check_passage_limit(const PassageLimit& limit);

/// The limit for a model. A size of 0 becomes what the model reads, less the
/// two special tokens and the document prefix it adds, or 256 where that is
/// unknown; a size above what the model reads is kInvalidArgument.
Result<PassageLimit> passage_limit(const PassageSettings& settings, const EmbedderDescription& description,
                                   Embedder& embedder);

/// Cuts valid UTF-8 at token ends (as Embedder::token_ends gives them).
/// A text of at most `limit.size` tokens is one passage, whole. Else every
/// passage has at most `size` tokens and begins and ends at code points; the cut
/// is the last paragraph end in the last quarter of what fits, else the last
/// sentence end, line end or word end there, else a word end in the last half, else any
/// token end. The next passage begins up to `overlap` tokens before the cut,
/// at a sentence or word where one begins there. Only white
/// space between passages is left out. `limit` has passed check_passage_limit.
/// A run of more than `size` tokens that end inside one code point stays whole.
std::vector<Passage> cut_passages(std::string_view text, std::span<const size_t> token_ends,
                                  const PassageLimit& limit);

/// The records of one text: the record itself if it fits or brings a vector,
/// else one for each passage, with ids `id#1`, `id#2`, ... (none if the
/// record has none) and these members behind its own metadata: "source" (the id, or `place` where
/// there is none; a "source" of the user's stays instead), "passage" (from 1),
/// "passages" (how many), "offset" and "length" (bytes of the text). Another of these
/// names among the user's keys is kInvalidArgument naming it.
Result<std::vector<NewRecord>> source_records(NewRecord record, std::string_view place,
                                              const PassageLimit& limit, Embedder& embedder);

}  // namespace reel
