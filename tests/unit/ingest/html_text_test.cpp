#include "ingest/html_text.h"

#include "ingest/html/charset.h"
#include "ingest/html/html_parser.h"
#include "ingest/text_files.h"
#include "support.h"

namespace reel {
namespace {

std::string text_of(std::string_view html) {
    const auto parsed = parse_html(html);
    EXPECT_TRUE(parsed) << message_of(parsed);
    return parsed ? parsed->text : "";
}

TEST(HtmlText, SetsParagraphsAndHeadingsApart) {
    EXPECT_EQ(text_of("<html><body><h1>Title</h1><p>One\n two.</p><p>Three</p></body></html>"),
              "Title\n\nOne two.\n\nThree");
    EXPECT_EQ(text_of("<div>a</div><div>b</div>c"), "a\nb\nc");
    EXPECT_EQ(text_of("<ul><li>x<li>y</ul>z"), "x\ny\n\nz");
    EXPECT_EQ(text_of("a<br>b<br><br>c"), "a\nb\n\nc");
}

TEST(HtmlText, CollapsesWhiteSpaceButNotInPre) {
    EXPECT_EQ(text_of("<p> a \t<b>b</b> \n c<i>d</i> </p>"), "a b cd");
    EXPECT_EQ(text_of("<p>x</p><pre>a\n  b</pre><p>y"), "x\n\na\n  b\n\ny");
}

TEST(HtmlText, PartsTheCellsOfATable) {
    EXPECT_EQ(text_of("<table><tr><th>a</th><td>b</td></tr><tr><td>c<td>d</table>"), "a b\nc d");
}

TEST(HtmlText, LeavesOutWhatIsNotShown) {
    EXPECT_EQ(
        text_of(
            "a<script>if (1 < 2) { x('</p>'); }</script><style>p{}</style><!-- no --><template>t</template>"
            "<noscript>n</noscript><svg><title>s</title><text>g</text></svg>b"),
        "ab");
}

TEST(HtmlText, KeepsTheTitleApart) {
    const auto page = parse_html("<!DOCTYPE html><title>The\n &amp; title</title><body>text").value();
    EXPECT_EQ(page.title, "The & title");
    EXPECT_EQ(page.text, "text");
}

TEST(HtmlText, DecodesEntities) {
    EXPECT_EQ(text_of("&lt;a&gt; &amp; &eacute;&#8364;&#x1F600; &hellip; AT&T &unknown;"),
              "<a> & é€😀 … AT&T &unknown;");
}

TEST(HtmlText, ReadsElementsItDoesNotKnow) {
    EXPECT_EQ(text_of("<article><section>a</section></article><my-tag>b</my-tag>"), "a\n\nb");
}

TEST(HtmlText, ReadsFragmentsAndRubbish) {
    EXPECT_EQ(text_of("just text"), "just text");
    EXPECT_EQ(text_of(""), "");
    EXPECT_EQ(text_of("<"), "<");
    for (const std::string html :
         {"<p", "<p class=\"", "</p></p></div>x", "<!-- open", "<script>open", "&#99999999;", "<a <b <c>",
          "<![CDATA[x]]>", "<?xml version='1.0'?><html/>"}) {
        EXPECT_TRUE(parse_html(html)) << html;
    }
    EXPECT_EQ(text_of(std::string("a\0b", 3)), "a b");
}

TEST(HtmlText, LimitsTheDepthOfElements) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<div>";
    const auto parsed = parse_html(deep + "x");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::kLimit);
    EXPECT_EQ(text_of(deep.substr(0, 5 * 4000) + "x"), "x");
}

TEST(HtmlText, KeepsALongTextWhole) {
    std::string html = "<p>";
    for (int i = 0; i < 100'000; ++i) html += "word" + std::to_string(i) + " ";
    EXPECT_EQ(text_of(html).size(), html.size() - 4);
}

TEST(HtmlText, ConvertsTheCharsetThatThePageDeclares) {
    EXPECT_EQ(text_of("<meta charset=\"windows-1252\">caf\xE9 \x80"), "café €");
    EXPECT_EQ(text_of("<META http-equiv=Content-Type content='text/html; charset=ISO-8859-1'>na\xEFve"),
              "naïve");
    EXPECT_EQ(text_of(std::string("\xFF\xFEh\0i\0", 6)), "hi");
    EXPECT_EQ(text_of("<meta charset=latin1>schon UTF-8: é"), "schon UTF-8: é");
    EXPECT_EQ(text_of("\xEF\xBB\xBF<p>é"), "é");
}

TEST(HtmlText, NamesBytesThatAreInNoCharset) {
    EXPECT_MESSAGE(parse_html("<p>\ncaf\xE9"),
                   "not UTF-8 at byte 7 (line 2), and no other charset is declared");
    EXPECT_MESSAGE(parse_html("<meta charset=utf-8>caf\xE9"), "not UTF-8 at byte 23");
    EXPECT_MESSAGE(parse_html("<meta charset=klingon>\xE9"), "its charset \"klingon\" is not known here");
    EXPECT_MESSAGE(parse_html("<meta charset=euc-jp>\xFF"), "not in its charset \"euc-jp\" at byte 21");
}

TEST(HtmlText, FindsTheDeclaredCharset) {
    EXPECT_EQ(find_meta_charset("<meta name=x><meta CHARSET='Latin1'>"), "latin1");
    EXPECT_EQ(find_meta_charset("<meta charset"), "");
    EXPECT_EQ(find_meta_charset(std::string(2000, ' ') + "<meta charset=x>"), "");
}

TEST(HtmlText, ComesThroughTheModule) {
    const auto document = parse_text("<title>T</title><p>text", TextKind::kHtml, "F");
    ASSERT_TRUE(document) << message_of(document);
    EXPECT_EQ(document->text, "text");
    EXPECT_EQ(document->title, "T");
    EXPECT_MESSAGE(parse_text("\xE9", TextKind::kHtml, "F"), "F: not UTF-8");
}

}  // namespace
}  // namespace reel
