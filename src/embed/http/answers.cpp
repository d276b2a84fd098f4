#include "embed/http/answers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/limits.h"
#include "base/try.h"
#include "base/utf8.h"

namespace reel {
namespace {

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::kUnavailable, std::move(what)); }

const Json* find_member(const Json& object, std::string_view key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(std::string(key));
    return found == object.end() ? nullptr : &*found;
}

std::string find_text(const Json& object, std::string_view key) {
    const Json* member = find_member(object, key);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

Json texts_array(std::span<const std::string> texts) {
    Json array = Json::array();
    for (const std::string& text : texts) array.push_back(text);
    return array;
}

Result<Json> parse_object(std::string_view body) {
    auto parsed = parse_json(body);
    if (!parsed) {
        if (body.find_first_not_of(" \t\r\n") == body.find('<') && !body.empty())
            return wrong("sent a page of HTML or XML, not JSON");
        return wrong("sent what is not JSON: " + parsed.error().message);
    }
    if (!parsed->is_object()) return wrong("sent JSON that is not an object");
    return parsed;
}

Status append_row(const Json& row, size_t number, VectorBatch& batch) {
    const std::string which = "vector " + std::to_string(number);
    if (!row.is_array()) return wrong("sent a " + std::string(row.type_name()) + " for " + which);
    if (row.empty()) return wrong("sent an empty " + which);
    if (row.size() > kMaxDimension)
        return wrong("sent " + std::to_string(row.size()) + " numbers for " + which);
    if (batch.dimension != 0 && row.size() != batch.dimension)
        return wrong("sent vectors of " + std::to_string(batch.dimension) + " and of " +
                     std::to_string(row.size()) + " dimensions in one answer");
    batch.dimension = static_cast<uint32_t>(row.size());
    for (const Json& element : row) {
        if (!element.is_number())
            return wrong("sent a " + std::string(element.type_name()) + " for a number of " + which);
        const auto value = static_cast<float>(element.get<double>());
        if (!std::isfinite(value)) return wrong("sent a number beyond 32-bit floats in " + which);
        batch.values.push_back(value);
    }
    return {};
}

Status check_count(size_t sent, size_t wanted) {
    if (sent == wanted) return {};
    return wrong("sent " + std::to_string(sent) + " vectors for " + std::to_string(wanted) + " texts");
}

// The entries of "data" by their "index", or as they stand if none has one.
Result<std::vector<const Json*>> by_index(const Json& data) {
    std::vector<const Json*> rows(data.size(), nullptr);
    size_t position = 0;
    for (const Json& entry : data) {
        const Json* index = find_member(entry, "index");
        const bool numbered = index != nullptr && index->is_number_unsigned();
        const uint64_t place = numbered ? index->get<uint64_t>() : position;
        ++position;
        if (place >= rows.size() || rows[place] != nullptr)
            return wrong("sent index " + std::to_string(place) + " twice or beyond the texts");
        const Json* embedding = find_member(entry, "embedding");
        if (embedding == nullptr) return wrong("sent an entry of \"data\" without \"embedding\"");
        rows[place] = embedding;
    }
    return rows;
}

std::string with_tag(std::string_view model) {
    const size_t slash = model.rfind('/');
    const bool tagged = model.find(':', slash == model.npos ? 0 : slash) != model.npos;
    return std::string(model) + (tagged ? "" : ":latest");
}

bool is_sha256(std::string_view digest) {
    return digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == digest.npos;
}

// The value of `num_ctx` among the lines of a Modelfile's parameters.
uint64_t find_num_ctx(std::string_view parameters) {
    constexpr std::string_view kName = "num_ctx";
    for (size_t at = parameters.find(kName); at != parameters.npos; at = parameters.find(kName, at + 1)) {
        const size_t digits = parameters.find_first_not_of(" \t", at + kName.size());
        uint64_t value = 0;
        if (digits == parameters.npos) return 0;
        const auto [stop, error] =
            std::from_chars(parameters.data() + digits, parameters.data() + parameters.size(), value);
        if (error == std::errc{} && stop != parameters.data() + digits) return value;
    }
    return 0;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

}  // namespace

std::string ollama_embed_request(std::string_view model, std::span<const std::string> texts) {
    Json request;
    request["model"] = model;
    request["input"] = texts_array(texts);
    request["truncate"] = false;
    return dump_json(request);
}

std::string ollama_old_request(std::string_view model, std::string_view text) {
    Json request;
    request["model"] = model;
    request["prompt"] = text;
    return dump_json(request);
}

std::string ollama_show_request(std::string_view model) {
    Json request;
    request["model"] = model;
    request["name"] = model;  // what servers before 0.1.45 call it
    return dump_json(request);
}

std::string openai_request(std::string_view model, std::span<const std::string> texts) {
    Json request;
    request["model"] = model;
    request["input"] = texts_array(texts);
    request["encoding_format"] = "float";
    return dump_json(request);
}

Result<VectorBatch> parse_ollama_embed(std::string_view body, size_t text_count) {
    REEL_ASSIGN(const Json answer, parse_object(body));
    const Json* rows = find_member(answer, "embeddings");
    if (rows == nullptr || !rows->is_array()) return wrong("sent no list of \"embeddings\"");
    REEL_TRY(check_count(rows->size(), text_count));
    VectorBatch batch;
    size_t number = 0;
    for (const Json& row : *rows) REEL_TRY(append_row(row, number++, batch));
    return batch;
}

Result<VectorBatch> parse_ollama_old(std::string_view body) {
    REEL_ASSIGN(const Json answer, parse_object(body));
    const Json* row = find_member(answer, "embedding");
    if (row == nullptr) return wrong("sent no \"embedding\"");
    VectorBatch batch;
    REEL_TRY(append_row(*row, 0, batch));
    return batch;
}

Result<VectorBatch> parse_openai(std::string_view body, size_t text_count) {
    REEL_ASSIGN(const Json answer, parse_object(body));
    const Json* data = find_member(answer, "data");
    if (data == nullptr || !data->is_array()) return wrong("sent no list of \"data\"");
    REEL_TRY(check_count(data->size(), text_count));
    REEL_ASSIGN(const auto rows, by_index(*data));
    VectorBatch batch;
    size_t number = 0;
    for (const Json* row : rows) REEL_TRY(append_row(*row, number++, batch));
    return batch;
}

std::string find_ollama_digest(std::string_view body, std::string_view model) {
    const auto answer = parse_json(body);
    const Json* models = answer ? find_member(*answer, "models") : nullptr;
    if (models == nullptr || !models->is_array()) return {};
    const std::string wanted = lower(with_tag(model));
    for (const Json& entry : *models) {
        const std::string digest = find_text(entry, "digest");
        if (lower(with_tag(find_text(entry, "name"))) == wanted && is_sha256(digest))
            return "sha256:" + digest;
    }
    return {};
}

uint32_t find_ollama_max_tokens(std::string_view body) {
    constexpr uint64_t kSmallestDefault = 2'048;
    constexpr uint64_t kSpecialTokens = 2;
    const auto answer = parse_json(body);
    const Json* info = answer ? find_member(*answer, "model_info") : nullptr;
    if (info == nullptr) return 0;
    const Json* context = find_member(*info, find_text(*info, "general.architecture") + ".context_length");
    if (context == nullptr || !context->is_number_unsigned()) return 0;
    const uint64_t num_ctx = find_num_ctx(find_text(*answer, "parameters"));
    const uint64_t tokens = std::min(context->get<uint64_t>(), num_ctx == 0 ? kSmallestDefault : num_ctx);
    return tokens > kSpecialTokens
               ? static_cast<uint32_t>(std::min<uint64_t>(tokens - kSpecialTokens, 1U << 30U))
               : 0;
}

std::string find_error_message(std::string_view body) {
    const auto answer = parse_json(body);
    if (!answer) return {};
    const Json* error = find_member(*answer, "error");
    if (error == nullptr) return find_text(*answer, "message");
    if (error->is_string()) return error->get<std::string>();
    return find_text(*error, "message");
}

bool says_too_long(std::string_view message) {
    const std::string words = lower(message);
    for (const std::string_view sign :
         {"context length", "context_length", "maximum context", "must have less than", "too many tokens",
          "is too large to process", "input is too long"})
        if (words.find(sign) != words.npos) return true;
    return false;
}

std::string quoted(std::string_view words, std::string_view secret) {
    constexpr size_t kLongest = 300;
    std::string text(words);
    if (!secret.empty())
        for (size_t at = text.find(secret); at != text.npos; at = text.find(secret, at))
            text.replace(at, secret.size(), "[key]"), at += 5;
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    for (auto bad = find_invalid_utf8(text); bad; bad = find_invalid_utf8(text)) text[*bad] = '?';
    return text;
}

}  // namespace reel
