#include <algorithm>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/try.h"
#include "base/utf8.h"
#include "ingest/html_text.h"
#include "ingest/read_all.h"
#include "ingest/text_files.h"

namespace reel {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// "\r\n" and lone "\r" become "\n", in place.
void normalise_lines(std::string& text) {
    if (text.find('\r') == std::string::npos) return;
    size_t out = 0;
    for (size_t in = 0; in < text.size(); ++in) {
        if (text[in] == '\r' && in + 1 < text.size() && text[in + 1] == '\n') continue;
        text[out++] = text[in] == '\r' ? '\n' : text[in];
    }
    text.resize(out);
}

Status check_text(std::string_view text, const std::string& name) {
    const size_t nul = text.find('\0');
    if (nul != std::string_view::npos) {
        return fail(ErrorCode::kInvalidArgument,
                    name + ": is not text: a NUL byte at byte " + std::to_string(nul));
    }
    return check_utf8(text, name);
}

std::string_view trim(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

bool is_fence(std::string_view line) {
    const std::string_view text = trim(line);
    return text.starts_with("```") || text.starts_with("~~~");
}

/// The text of the first ATX heading ("# Title") outside fenced code.
std::string first_heading(std::string_view text) {
    bool fenced = false;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_fence(line)) fenced = !fenced;
        const size_t marks = std::min(line.find_first_not_of('#'), line.size());
        if (fenced || marks == 0 || marks > 6 || marks == line.size() || line[marks] != ' ') continue;
        line = trim(line.substr(marks));
        const size_t last = line.find_last_not_of('#');
        if (last == std::string_view::npos) continue;
        if (last + 1 < line.size() && line[last] == ' ') line = trim(line.substr(0, last));
        return std::string(line);
    }
    return {};
}

}  // namespace

Result<TextDocument> read_text_file(const TextFile& file) {
    // A file named "-" is meant: what is listed are paths.
    REEL_ASSIGN(const auto input, open_input(file.path == "-" ? "./-" : file.path));
    REEL_ASSIGN(std::string bytes, read_all(*input, kMaxTextFileBytes));
    return parse_text(std::move(bytes), file.kind, file.path);
}

Result<TextDocument> parse_text(std::string bytes, TextKind kind, const std::string& name) {
    if (kind == TextKind::kHtml) {
        auto html = html_to_text(bytes);
        if (!html) return fail(html.error().at(name));
        return TextDocument{std::move(html->text), std::move(html->title)};
    }
    if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
    REEL_TRY(check_text(bytes, name));
    normalise_lines(bytes);
    TextDocument document{std::move(bytes), {}};
    if (kind == TextKind::kMarkdown) document.title = first_heading(document.text);
    return document;
}

Result<std::string> file_metadata(const TextFile& file, const TextDocument& document,
                                  std::string_view metadata) {
    std::vector<JsonMember> members;
    if (!metadata.empty()) REEL_TRY(scan_json_object(metadata, members));
    const auto users = [&](std::string_view name) {
        return std::any_of(members.begin(), members.end(),
                           [&](const JsonMember& member) { return is_json_string(member.key, name); });
    };
    std::string object = "{";
    if (!users("source")) append_json_member(object, "\"source\"", quote_json(file.id));
    if (!document.title.empty() && !users("title"))
        append_json_member(object, "\"title\"", quote_json(document.title));
    for (const JsonMember& member : members) append_json_member(object, member.key, member.value);
    return object + "}";
}

}  // namespace reel
