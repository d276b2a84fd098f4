// The one place that includes libxml2. Its parser calls back for each element
// and text; no tree is built, so that neither memory nor stack grows with the page's nesting.
#include "ingest/html/html_parser.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <vector>

#include "base/try.h"
#include "ingest/html/charset.h"
#include "ingest/html/text_flow.h"

namespace reel {

namespace {

constexpr size_t kMaxNesting = 5000;

/// What an element does to the text around and in it.
struct ElementRule {
    std::string_view name;
    int line_ends = 0;  // before and after it
    bool skipped = false;
    bool preformatted = false;
};

/// By name. Elements that are not listed run on within their line.
constexpr std::array kRules{
    ElementRule{"address", 1},
    ElementRule{"article", 2},
    ElementRule{"aside", 2},
    ElementRule{"blockquote", 2},
    ElementRule{"body", 1},
    ElementRule{"caption", 1},
    ElementRule{"dd", 1},
    ElementRule{"details", 1},
    ElementRule{"div", 1},
    ElementRule{"dl", 2},
    ElementRule{"dt", 1},
    ElementRule{"fieldset", 1},
    ElementRule{"figcaption", 1},
    ElementRule{"figure", 2},
    ElementRule{"footer", 2},
    ElementRule{"form", 1},
    ElementRule{"h1", 2},
    ElementRule{"h2", 2},
    ElementRule{"h3", 2},
    ElementRule{"h4", 2},
    ElementRule{"h5", 2},
    ElementRule{"h6", 2},
    ElementRule{"header", 2},
    ElementRule{"hr", 2},
    ElementRule{"legend", 1},
    ElementRule{"li", 1},
    ElementRule{"main", 2},
    ElementRule{"nav", 2},
    ElementRule{"noscript", 0, true},
    ElementRule{"ol", 2},
    ElementRule{"option", 1},
    ElementRule{"p", 2},
    ElementRule{"pre", 2, false, true},
    ElementRule{"script", 0, true},
    ElementRule{"section", 2},
    ElementRule{"style", 0, true},
    ElementRule{"summary", 1},
    ElementRule{"svg", 0, true},
    ElementRule{"table", 2},
    ElementRule{"template", 0, true},
    ElementRule{"textarea", 1, false, true},
    ElementRule{"tr", 1},
    ElementRule{"ul", 2},
};

const ElementRule* find_rule(std::string_view name) {
    const auto found =
        std::lower_bound(kRules.begin(), kRules.end(), name,
                         [](const ElementRule& rule, std::string_view n) { return rule.name < n; });
    return found != kRules.end() && found->name == name ? &*found : nullptr;
}

/// Hears the parser's events.
class Page {
public:
    explicit Page(xmlParserCtxt* parser) : parser_(parser) {}

    void start(std::string_view name) {
        if (++nesting_ > kMaxNesting) {
            too_deep_ = true;
            xmlStopParser(parser_);
            return;
        }
        if (name == "title" && skipped_ == 0) ++in_title_;
        if (name == "br") flow_.line_break();
        if (name == "td" || name == "th") flow_.space();
        if (const ElementRule* rule = find_rule(name)) {
            if (rule->line_ends > 0) flow_.end_lines(rule->line_ends);
            skipped_ += rule->skipped ? 1 : 0;
            preformatted_ += rule->preformatted ? 1 : 0;
        }
    }

    void end(std::string_view name) {
        if (nesting_ > 0) --nesting_;
        if (name == "title" && in_title_ > 0) {
            --in_title_;
            has_title_ = true;
        }
        if (const ElementRule* rule = find_rule(name)) {
            if (rule->line_ends > 0) flow_.end_lines(rule->line_ends);
            if (rule->skipped && skipped_ > 0) --skipped_;
            if (rule->preformatted && preformatted_ > 0) --preformatted_;
        }
    }

    void text(std::string_view text) {
        if (skipped_ > 0) return;
        if (in_title_ == 0) return flow_.add(text, preformatted_ > 0);
        if (!has_title_) title_.add(text, false);
    }

    Result<HtmlText> finish() {
        if (too_deep_) {
            return fail(ErrorCode::kLimit,
                        "its elements are nested deeper than " + std::to_string(kMaxNesting) + " levels");
        }
        return HtmlText{flow_.take(), title_.take()};
    }

private:
    xmlParserCtxt* parser_;
    TextFlow flow_;
    TextFlow title_;
    size_t nesting_ = 0;
    size_t skipped_ = 0;
    size_t preformatted_ = 0;
    size_t in_title_ = 0;
    bool has_title_ = false;
    bool too_deep_ = false;
};

std::string_view view_of(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

void on_start(void* page, const xmlChar* name, const xmlChar**) {
    static_cast<Page*>(page)->start(view_of(name));
}
void on_end(void* page, const xmlChar* name) { static_cast<Page*>(page)->end(view_of(name)); }
void on_text(void* page, const xmlChar* text, int length) {
    static_cast<Page*>(page)->text({reinterpret_cast<const char*>(text), static_cast<size_t>(length)});
}
void ignore_error(void*, xmlErrorPtr) {}

struct FreeParser {
    void operator()(xmlParserCtxt* parser) const { htmlFreeParserCtxt(parser); }
};

}  // namespace

Result<HtmlText> parse_html(std::string_view html) {
    REEL_ASSIGN(std::string page_text, page_to_utf8(html));
    // A NUL means nothing in HTML, and the parser stops at it.
    std::replace(page_text.begin(), page_text.end(), '\0', ' ');
    if (page_text.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
        return fail(ErrorCode::kLimit, "is too large for the HTML parser");
    }
    if (page_text.empty()) return HtmlText{};

    const std::unique_ptr<xmlParserCtxt, FreeParser> parser(
        htmlCreateMemoryParserCtxt(page_text.data(), static_cast<int>(page_text.size())));
    if (parser == nullptr) return fail(ErrorCode::kIo, "the HTML parser could not be made: out of memory");
    htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                         HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser.get(), XML_CHAR_ENCODING_UTF8);

    Page page(parser.get());
    *parser->sax = xmlSAXHandler{};
    parser->sax->initialized = XML_SAX2_MAGIC;
    parser->sax->startElement = on_start;
    parser->sax->endElement = on_end;
    parser->sax->characters = on_text;
    parser->sax->ignorableWhitespace = on_text;
    parser->sax->cdataBlock = on_text;
    parser->sax->serror = ignore_error;
    parser->userData = &page;
    htmlParseDocument(parser.get());
    return page.finish();
}

}  // namespace reel
