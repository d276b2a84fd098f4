#include "base/json.h"

#include "base/metadata.h"
#include "base/try.h"

namespace reel {

Result<Json> parse_json(std::string_view text) {
    REEL_TRY(check_json(text));
    try {
        return Json::parse(text);
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInvalidArgument, std::string("not valid JSON: ") + error.what());
    }
}

std::string dump_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}
std::string dump_json(const OrderedJson& value) {
    return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::string quote_json(std::string_view text) { return dump_json(Json(std::string(text))); }

namespace {

/// Checks syntax and depth without building anything.
struct DepthChecker final : nlohmann::json_sax<nlohmann::json> {
    size_t depth = 0;
    bool too_deep = false;
    size_t error_at = 0;
    std::string error;

    bool enter() {
        too_deep = ++depth > kMaxJsonDepth;
        return !too_deep;
    }
    bool leave() {
        --depth;
        return true;
    }
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(size_t) override { return enter(); }
    bool key(string_t&) override { return true; }
    bool end_object() override { return leave(); }
    bool start_array(size_t) override { return enter(); }
    bool end_array() override { return leave(); }
    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& e) override {
        error_at = position;
        error = e.what();
        return false;
    }
};

}  // namespace

Status check_json(std::string_view text) {
    // The library takes a NUL for the end and would not look at what follows.
    if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return fail(ErrorCode::kInvalidArgument,
                    "not valid JSON at byte " + std::to_string(nul) + ": a NUL byte");
    }
    DepthChecker checker;
    bool good = false;
    try {
        good = nlohmann::json::sax_parse(text, &checker);
    } catch (const std::exception& e) {
        checker.error = e.what();
    }
    if (checker.too_deep) {
        return fail(ErrorCode::kLimit, "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    if (!good) {
        // The library's sentence: "[json.exception.parse_error.101] parse error at line 1, column 9: ...".
        const size_t colon = checker.error.find("] ");
        const std::string reason =
            colon == std::string::npos ? checker.error : checker.error.substr(colon + 2);
        return fail(ErrorCode::kInvalidArgument,
                    "not valid JSON at byte " + std::to_string(checker.error_at) + ": " + reason);
    }
    return {};
}

}  // namespace reel
