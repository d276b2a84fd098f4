// Adding records: all of a call is checked and embedded before any of it is appended.
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/json.h"
#include "base/metadata.h"
#include "base/try.h"
#include "base/utf8.h"
#include "db/records.h"
#include "db/state.h"
#include "vector/check_vector.h"

namespace reel {

namespace {

/// A record of the call with its id and stored metadata.
struct Prepared {
    const NewRecord* source = nullptr;
    std::string id;
    std::string metadata;
    std::vector<float> made;  ///< vector that the source does not give: embedded, or the stored one
    std::optional<uint64_t> replaces;
    AddOutcome outcome = AddOutcome::kAdded;

    [[nodiscard]] std::span<const float> vector() const {
        return source->vector.empty() ? std::span<const float>(made) : source->vector;
    }
};

class Batch {
public:
    Batch(Database& database, Writer& writer, std::span<const NewRecord> records, OnDuplicate on_duplicate)
        : database_(database), writer_(writer), records_(records), on_duplicate_(on_duplicate) {}

    Result<std::vector<AddOutcome>> run() {
        REEL_TRY(prepare());
        REEL_TRY(embed());
        std::vector<AddOutcome> outcomes;
        for (const Prepared& record : prepared_) {
            outcomes.push_back(record.outcome);
            if (record.outcome == AddOutcome::kSkipped) continue;
            if (record.replaces) REEL_TRY(writer_.remove(*record.replaces));
            REEL_TRY(writer_.append(record.id, record.vector(), record.metadata, record.source->text));
        }
        return outcomes;
    }

private:
    Error at(size_t i, const Error& error) const {
        const std::string id = records_[i].id ? "id " + quote_json(*records_[i].id) : "";
        if (records_.size() == 1) return id.empty() ? error : error.at(id);
        const std::string place =
            "record " + std::to_string(i + 1) + " of " + std::to_string(records_.size());
        return error.at(id.empty() ? place : place + ", " + id);
    }

    Status prepare() {
        prepared_.resize(records_.size());
        for (const NewRecord& record : records_) {
            if (record.id) given_.insert(*record.id);
        }
        for (size_t i = 0; i < records_.size(); ++i) {
            prepared_[i].source = &records_[i];
            auto status = prepare_one(prepared_[i]);
            if (!status) return fail(at(i, status.error()));
            if (prepared_[i].outcome != AddOutcome::kSkipped) in_call_.insert_or_assign(prepared_[i].id, i);
        }
        return {};
    }

    Status prepare_one(Prepared& record) {
        REEL_TRY(check_source(*record.source));
        if (record.source->id) {
            record.id = *record.source->id;
        } else {
            do {
                REEL_ASSIGN(record.id, writer_.take_default_id());
            } while (given_.contains(record.id));
        }
        REEL_ASSIGN(record.metadata, add_doc_id(record.source->metadata, record.id));
        if (record.metadata.size() > kMaxMetadataBytes) {
            return fail(ErrorCode::kLimit, "metadata of " + std::to_string(record.metadata.size()) +
                                               " bytes; a record's has at most " +
                                               std::to_string(kMaxMetadataBytes));
        }
        return find_duplicate(record);
    }

    Status check_source(const NewRecord& source) const {
        const uint32_t dimension = writer_.config().embedder.dimension;
        if (source.id) {
            REEL_TRY(check_utf8(*source.id, "id"));
            if (source.id->size() > kMaxIdBytes) {
                return fail(ErrorCode::kLimit, "an id of " + std::to_string(source.id->size()) +
                                                   " bytes; ids have at most " + std::to_string(kMaxIdBytes));
            }
        }
        REEL_TRY(check_utf8(source.text, "text"));
        REEL_TRY(check_utf8(source.metadata, "metadata"));
        if (source.text.size() > kMaxTextBytes) {
            return fail(ErrorCode::kLimit, "a text of " + std::to_string(source.text.size()) +
                                               " bytes; a record's has at most " +
                                               std::to_string(kMaxTextBytes) + ": cut it into passages");
        }
        if (source.vector.empty()) return {};
        if (source.vector.size() != dimension) {
            return fail(ErrorCode::kInvalidArgument, "a vector of " + std::to_string(source.vector.size()) +
                                                         " dimensions; the store's have " +
                                                         std::to_string(dimension));
        }
        return check_vector(source.vector, writer_.config().metric);
    }

    /// Whether the id is there already, in the store or earlier in this call.
    Status find_duplicate(Prepared& record) {
        if (const auto earlier = in_call_.find(record.id); earlier != in_call_.end())
            return judge_in_call(record, prepared_[earlier->second]);
        if (!record.source->id) return {};
        if (on_duplicate_ == OnDuplicate::kSkip) {
            REEL_ASSIGN(const auto number, writer_.find_number(record.id));
            if (number) record.outcome = AddOutcome::kSkipped;
            return {};
        }
        REEL_ASSIGN(const auto stored, writer_.find(record.id));
        if (!stored) return {};
        const bool same_text = stored->text == record.source->text;
        const bool same =
            same_text && same_metadata(stored->metadata, record.metadata) &&
            (record.source->vector.empty() || to_floats(stored->vector) == record.source->vector);
        REEL_TRY(judge(record, same));
        if (record.outcome != AddOutcome::kReplaced) return {};
        record.replaces = stored->record_number;
        if (same_text && record.source->vector.empty()) record.made = to_floats(stored->vector);
        return {};
    }

    /// `first`: the record of this call that has the id so far.
    Status judge_in_call(Prepared& record, Prepared& first) const {
        const bool same = first.source->text == record.source->text &&
                          same_metadata(first.metadata, record.metadata) &&
                          (record.source->vector.empty() || first.source->vector == record.source->vector);
        REEL_TRY(judge(record, same));
        if (record.outcome != AddOutcome::kReplaced) return {};
        // Only the last of the call is written; it takes the place of what the first would have replaced.
        record.outcome = std::exchange(first.outcome, AddOutcome::kSkipped);
        record.replaces = std::exchange(first.replaces, std::nullopt);
        const bool same_text = first.source->text == record.source->text;
        if (same_text && record.source->vector.empty())
            record.made.assign(first.vector().begin(), first.vector().end());
        return {};
    }

    Status judge(Prepared& record, bool same) const {
        if (same || on_duplicate_ == OnDuplicate::kSkip) {
            record.outcome = AddOutcome::kSkipped;
            return {};
        }
        if (on_duplicate_ == OnDuplicate::kReplace) {
            record.outcome = AddOutcome::kReplaced;
            return {};
        }
        return fail(ErrorCode::kAlreadyExists, "id " + quote_json(record.id) +
                                                   " is in the store with other content; choose another id, "
                                                   "or replace it");
    }

    Status embed() {
        std::vector<std::string_view> texts;
        std::vector<size_t> places;
        for (size_t i = 0; i < prepared_.size(); ++i) {
            if (prepared_[i].outcome == AddOutcome::kSkipped || !prepared_[i].vector().empty()) continue;
            if (records_[i].text.empty()) {
                return fail(
                    at(i, Error{ErrorCode::kInvalidArgument,
                                "the text is empty, so there is nothing to embed; give a text or a vector"}));
            }
            texts.push_back(records_[i].text);
            places.push_back(i);
        }
        if (texts.empty()) return {};
        REEL_ASSIGN(Embedder* const embedder, database_.embedder());
        REEL_ASSIGN(const std::vector<float> vectors, embedder->embed(texts, TextRole::kDocument));
        const size_t dimension = writer_.config().embedder.dimension;
        if (vectors.size() != texts.size() * dimension) {
            return fail(ErrorCode::kUnavailable, "the embedder answered " + std::to_string(vectors.size()) +
                                                     " numbers for " + std::to_string(texts.size()) +
                                                     " texts of " + std::to_string(dimension) +
                                                     " dimensions");
        }
        for (size_t i = 0; i < places.size(); ++i) {
            Prepared& record = prepared_[places[i]];
            record.made.assign(vectors.begin() + static_cast<ptrdiff_t>(i * dimension),
                               vectors.begin() + static_cast<ptrdiff_t>((i + 1) * dimension));
            auto status = check_vector(record.made, writer_.config().metric);
            if (!status) return fail(at(places[i], status.error()));
        }
        return {};
    }

    Database& database_;
    Writer& writer_;
    std::span<const NewRecord> records_;
    OnDuplicate on_duplicate_;
    std::vector<Prepared> prepared_;
    std::unordered_map<std::string, size_t> in_call_;
    std::unordered_set<std::string> given_;  ///< ids that records of this call come with
};

}  // namespace

Result<std::vector<AddOutcome>> add_records(Database& database, Writer& writer,
                                            std::span<const NewRecord> records, OnDuplicate on_duplicate) {
    return Batch(database, writer, records, on_duplicate).run();
}

}  // namespace reel
