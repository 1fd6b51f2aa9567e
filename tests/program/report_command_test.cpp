// `paxos_fast report` as a user sees it, and its page in a browser.
#include "support/program.h"

#include <cstdlib>

#include "measure/figures.h"
#include "measure/summary_lines.h"
#include "measure/text.h"
#include "support/made_up_results.h"

namespace paxos::report_command_test {
namespace {

class ReportCommand : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        console_ = folder_ / "console";
        for (measure::Report* report : {&first_, &second_})
            for (measure::RunResult& run : report->runs)
                for (measure::RowResult& row : run.rows)
                    row.costs = {{.cpu_user_ns = 123 * row.decisions},
                                 {.cpu_user_ns = 45 * row.decisions}};
        add_made_up_slices(first_);
        first_.runs[0].trace = {{.at_ns = 0,
                                 .node = 0,
                                 .event = "sent",
                                 .message = "PREPARE",
                                 .nodes = {1},
                                 .ballot = "1.n0",
                                 .value = "",
                                 .sentence = "PREPARE   ballot 1.n0 -> n1"},
                                {.at_ns = 12'300,
                                 .node = 1,
                                 .event = "sent",
                                 .message = "PROMISE",
                                 .nodes = {0},
                                 .ballot = "1.n0",
                                 .value = "",
                                 .sentence = "PROMISE   1.n0 -> n0"}};
        write("a.json", first_);
        write("b.json", second_);
    }
    void write(const std::string& name, const measure::Report& report) {
        std::ofstream(work(name)) << compare::text_of(report);
    }
    void expect_report_refused(std::vector<std::string> arguments, int exit_code,
                               const std::string& text) {
        arguments.insert(arguments.begin(), "report");
        expect_refused(arguments, exit_code, "paxos_fast: " + text + "\n");
    }

    /// Opens `url` in Chromium. Returns the DOM of the page after the page's scripts have run, or
    /// an empty text on failure.
    std::string drawn(const std::string& url, bool is_dark = false) {
        const std::string file = (folder_ / "dom.html").string();
        const std::string command =
            "HOME=" + folder_.string() +
            " timeout 300 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage"
            " --enable-logging=stderr --allow-file-access-from-files --window-size=1400,900"
            " --blink-settings=preferredColorScheme=" +
            (is_dark ? "0" : "1") + " --dump-dom " + url + " >" + file + " 2>" + console_.string();
        return std::system(command.c_str()) == 0 ? content(file) : std::string();
    }
    /// Returns the DOM of a page that shows report.html in a frame of `width` pixels. The frame is
    /// needed because a window of Chromium cannot be narrower than 500 pixels. The body of the
    /// returned page gets a copy of the data attributes of the report's body. It also gets
    /// attributes that give the frame's width, whether the report is dark, and whether the report
    /// fits the frame.
    std::string framed(int width, bool is_dark) {
        std::ofstream(work("frame.html"))
            << "<!DOCTYPE html><body><script>\n"
               "const frame = document.createElement('iframe');\n"
               "frame.style = 'border:0; height:800px; width:"
            << width
            << "px';\n"
               "frame.onload = () => {\n"
               "  const shown = frame.contentWindow, page = shown.document;\n"
               "  const dark = shown.matchMedia('(prefers-color-scheme: dark)').matches;\n"
               "  const fits = page.documentElement.scrollWidth <= shown.innerWidth;\n"
               "  Object.assign(document.body.dataset, page.body.dataset,\n"
               "    { width: shown.innerWidth, dark, fits });\n"
               "};\n"
               "frame.src = 'report.html';\n"
               "document.body.append(frame);\n"
               "</script></body>\n";
        return drawn("file://" + work("frame.html").string(), is_dark);
    }
    /// Returns the reason why Chromium cannot be used here, or an empty text if it can be used.
    std::string no_browser() {
        if (std::system("command -v chromium >/dev/null 2>&1") != 0)
            return "chromium is not installed (scripts/setup.sh browser)";
        return drawn("about:blank").empty() ? "chromium does not run here" : "";
    }
    void expect_drawn_without_errors(const std::string& page) const {
        EXPECT_NE(page.find("data-errors=\"0\""), std::string::npos);
        const std::string console = content(console_);
        EXPECT_EQ(console.find(":CONSOLE"), std::string::npos) << console;
    }

    std::filesystem::path console_;  ///< What Chromium wrote to standard error.
    measure::Report first_ = compare::report_of({});
    measure::Report second_ = compare::report_of({.rate = 0.5});
};

TEST_F(ReportCommand, writes_one_page) {
    const Outcome outcome = run({"report", "a.json", "b.json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output, "report.html: 2 results; open it in a browser\n");
    EXPECT_TRUE(content(work("report.html")).starts_with("<!DOCTYPE html>"));
    const std::string piped = run({"report", "a.json", "-o", "-"}).output;
    EXPECT_TRUE(piped.starts_with("<!DOCTYPE html>"));
    EXPECT_TRUE(piped.ends_with("</html>\n"));
    EXPECT_EQ(run({"report", "a.json", "--output=a.html"}).output,
              "a.html: 1 result; open it in a browser\n");
    EXPECT_EQ(files_left(), 4u);
    EXPECT_NE(run({"help", "report"}).output.find("RESULT"), std::string::npos);
}

TEST_F(ReportCommand, writes_text_to_standard_output_or_a_file) {
    const std::string csv = run({"report", "a.json", "b.json", "--csv"}).output;
    EXPECT_TRUE(csv.starts_with("file,protocol,nodes,")) << csv;
    EXPECT_EQ(std::ranges::count(csv, '\n'), 5);
    EXPECT_EQ(run({"report", "a.json", "b.json", "--csv", "-o", "ab.csv"}).output,
              "ab.csv: 2 results\n");
    EXPECT_EQ(content(work("ab.csv")), csv);
    EXPECT_TRUE(run({"report", "a.json", "--markdown"}).output.starts_with("**a.json**: SAFE"));
    const std::string first = run({"report", "a.json", "--hgrm", "--row", "1"}).output;
    const std::string second = run({"report", "--hgrm", "--row=2", "a.json"}).output;
    EXPECT_TRUE(first.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n"));
    EXPECT_NE(first, second);
    EXPECT_EQ(files_left(), 3u);
}

TEST_F(ReportCommand, reads_a_result_from_standard_input) {
    const std::string file = work("a.json").string();
    const int input = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(input, 0);
    const int before = ::dup(STDIN_FILENO);
    ASSERT_EQ(::dup2(input, STDIN_FILENO), STDIN_FILENO);
    const Outcome outcome = run({"report", "-", "--csv"});
    ASSERT_EQ(::dup2(before, STDIN_FILENO), STDIN_FILENO);
    ::close(before);
    ::close(input);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_TRUE(outcome.output.starts_with("file,protocol,nodes,")) << outcome.output;
}

TEST_F(ReportCommand, lists_the_rows_if_none_is_chosen) {
    const std::string rows =
        "a.json has 2 rows; choose --row 1 (\"one at a time\") or --row 2 (\"2772 in flight\")";
    expect_report_refused({"a.json", "--hgrm"}, 2, "--hgrm: " + rows);
    expect_report_refused({"a.json", "--hgrm", "--row", "3"}, 2, "--hgrm: " + rows);
    expect_report_refused({"a.json", "--hgrm", "--row", "x"}, 2,
                          "report: --row x: is not a number; must be 1 to 16");
    expect_report_refused({"a.json", "--row", "1"}, 2, "report: --row: needs --hgrm");
    expect_report_refused({"a.json", "b.json", "--hgrm"}, 2,
                          "report: --hgrm: writes one row of one result file");
    expect_report_refused({"a.json", "--csv", "--hgrm"}, 2,
                          "report: --csv, --markdown and --hgrm: only one of them can be given");
    first_.runs[0].rows[0].decisions = 0;
    first_.runs.resize(1);
    write("a.json", first_);
    expect_report_refused({"a.json", "--hgrm", "--row", "1"}, 2,
                          "--hgrm: a.json: nothing was decided in its row \"one at a time\"");
}

TEST_F(ReportCommand, refuses_a_wrong_command_line) {
    expect_report_refused({}, 2, "report: needs a result file; paxos_fast --json FILE writes one");
    expect_report_refused({"-o", "x.html"}, 2,
                          "report: needs a result file; paxos_fast --json FILE writes one");
    expect_report_refused({"1", "2", "3", "4", "5", "6", "7", "8", "9"}, 2,
                          "report: 9 result files; one page can show at most 8");
    expect_report_refused({"a.json", "b.json", "a.json"}, 2, "report: a.json: is given twice");
    expect_report_refused({"a.json", "-o", "./a.json"}, 2,
                          "report: --output ./a.json: is one of the result files");
    expect_report_refused({"a.json", "-o"}, 2, "report: --output: needs a value");
    expect_report_refused({"a.json", "--outptu", "x"}, 2,
                          "report: --outptu: unknown option; did you mean --output?");
}

TEST_F(ReportCommand, refuses_files_that_it_cannot_read_or_write) {
    expect_report_refused({"c.json"}, 3, "c.json: cannot be read: No such file or directory");
    std::ofstream(work("c.json")) << "{}";
    expect_report_refused({"a.json", "c.json"}, 3,
                          "c.json: is not a result file of paxos_fast (--json FILE writes one)");
    std::ofstream(work("c.json")) << content(work("a.json")).substr(0, 1000);
    expect_report_refused({"c.json"}, 3, "c.json: is not JSON, or is truncated");
    expect_report_refused({"a.json", "-o", "nope/x.html"}, 3,
                          "--output nope/x.html: cannot be written: No such file or directory");
    expect_report_refused({"a.json", "-o", "/dev/full"}, 3,
                          "--output /dev/full: cannot be written: No space left on device");
    expect_report_refused({"."}, 3, ".: cannot be read: Is a directory");
    EXPECT_FALSE(std::filesystem::exists(work("report.html")));
    EXPECT_EQ(files_left(), 3u);
}

/// The test checks the DOM of the page: the numbers of pictures and of errors, which the page
/// counts (src/report/page.js), and the tables, which the page builds from the data that it draws.
/// Sanitizer builds leave out tests named Slow (scripts/cmake/tests.cmake).
TEST_F(ReportCommand, Slow_page_shows_the_figures_of_the_files_in_a_browser) {
    if (const std::string why = no_browser(); !why.empty()) GTEST_SKIP() << why;
    const measure::Report search = measure::made_up_search();
    write("c.json", search);
    ASSERT_EQ(run({"report", "a.json", "b.json", "c.json"}).exit_code, 0);
    const std::string page = drawn("file://" + work("report.html").string());
    EXPECT_NE(page.find("data-pictures=\"7\""), std::string::npos);
    expect_drawn_without_errors(page);
    const auto expect_line = [&](const std::vector<std::string>& cells) {
        std::string line = "<tr>";
        for (const std::string& cell : cells) line += "<td>" + cell + "</td>";
        EXPECT_NE(page.find(line + "</tr>"), std::string::npos) << line;
    };
    const auto expect_result = [&](const std::string& name, const measure::Report& report) {
        const std::vector<measure::RowFigures> rows = condense(report.runs, report.floor);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string load = load_text(rows[i]);
            const std::string rate = measure::rate_text(*rows[i].rate);
            expect_line({name + ": p50", load, rate, measure::time_text(*rows[i].p50_ns)});
            expect_line({name + ": p99", load, rate, measure::time_text(*rows[i].p99_ns)});
            expect_line({name + ": " + load, "n0", "123ns"});
            expect_line({name + ": " + load, "n1", "45ns"});
            for (const measure::RunResult& run : report.runs) {
                const measure::RowResult& row = run.rows[i];
                expect_line({name + ": " + load, std::to_string(run.repetition + 1),
                             measure::rate_text(static_cast<double>(row.decisions) * 1e9 /
                                                static_cast<double>(row.elapsed_ns))});
            }
        }
        expect_line({name + ": bare UDP", "pipelined (rate); one at a time (latency)",
                     measure::rate_text(report.floor.decisions_per_second),
                     measure::time_text(report.floor.round_ns_p50)});
    };
    for (const measure::RunResult& run : first_.runs)
        for (const measure::RowResult& row : run.rows)
            for (const measure::Slice& slice : row.slices) {
                const auto time = [](std::optional<std::uint64_t> ns) {
                    return ns ? measure::time_text(static_cast<double>(*ns)) : "n/a";
                };
                expect_line({std::string("a.json: ") +
                                 (row.window == 1 ? "one at a time" : "2772 in flight"),
                             std::to_string(run.repetition + 1), time(slice.begin_ns),
                             time(slice.end_ns), std::to_string(slice.decisions),
                             measure::rate_text(static_cast<double>(slice.decisions) * 1e9 /
                                                static_cast<double>(slice.end_ns - slice.begin_ns)),
                             time(slice.p50_ns), time(slice.p99_ns)});
            }
    expect_line({"a.json: n3 killed by signal 9", "1",
                 measure::time_text(static_cast<double>(first_.runs[0].events[0].at_ns))});
    expect_line({"12.3us", "n1", "0", "PROMISE   1.n0 -&gt; n0", "promised 1.n0"});
    EXPECT_NE(page.find("<title>n0: PREPARE   ballot 1.n0 -&gt; n1</title>"), std::string::npos);
    EXPECT_NE(page.find("n1: PROMISE   1.n0 -&gt; n0 (lost, or it changed nothing)</title>"),
              std::string::npos);
    for (const char* const rate : {"10.0k/s", "40.0k/s"})
        expect_line({"c.json: p99&lt;500us", "limit", rate, "500us"});
    expect_line({"c.json: knee", "at 20.0k/s", "20.0k/s",
                 measure::time_text(*condense(search.runs, search.floor)[1].p99_ns)});
    expect_result("a.json", first_);
    expect_result("b.json", second_);
}

TEST_F(ReportCommand, Slow_page_is_drawn_without_errors_wide_and_narrow_and_in_light_and_dark) {
    if (const std::string why = no_browser(); !why.empty()) GTEST_SKIP() << why;
    measure::Report faulty = compare::report_of({});
    add_made_up_slices(faulty);
    kill_node_3(faulty, 0);
    write("faulty.json", faulty);
    write("rates.json", measure::made_up_rates());
    for (const char* name : {"faulty", "rates"}) {
        ASSERT_EQ(run({"report", std::string(name) + ".json"}).exit_code, 0);
        for (const int width : {1280, 400}) {
            for (const bool is_dark : {false, true}) {
                SCOPED_TRACE(std::string(name) + ", " + std::to_string(width) +
                             (is_dark ? " pixels, dark" : " pixels, light"));
                const std::string page = framed(width, is_dark);
                expect_drawn_without_errors(page);
                const std::string shown = "data-width=\"" + std::to_string(width) +
                                          "\" data-dark=\"" + (is_dark ? "true" : "false") +
                                          "\" data-fits=\"true\"";
                EXPECT_NE(page.find(shown), std::string::npos) << page;
                EXPECT_EQ(page.find("data-pictures=\"0\""), std::string::npos);
            }
        }
    }
}

}  // namespace
}  // namespace paxos::report_command_test
