// See report.h. Nothing is written until all files have been read.
#include "cli/report/report.h"

#include <algorithm>
#include <system_error>

#include "cli/print.h"
#include "cli/read_all.h"
#include "cli/result_sink.h"
#include "cli/run_line.h"
#include "cli/subcommand_parser.h"
#include "cli/text.h"
#include "measure/text.h"
#include "node/plan.h"
#include "report/formats.h"
#include "report/page.h"

namespace paxos::cli {
namespace {

constexpr std::size_t report_input_max = std::size_t{1} << 30;
/// The maximum number of files in one page. page.js has a colour for each file.
constexpr std::size_t report_inputs_max = 8;
constexpr const char* report_default = "report.html";

constexpr const char* report_head =
    "Draws result files (--json of a run): percentiles, latency against throughput,\n"
    "the run over time, CPU time, the messages of --log. Writes one self-contained\n"
    "HTML page, or the figures as text for other programs.\n";

constexpr const char* report_foot =
    "Several files are drawn in the same charts.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast --window 1,8,64,512,2772 --json a.json\n"
    "  paxos_fast report a.json                      writes report.html\n"
    "  paxos_fast report old.json new.json -o both.html\n"
    "  paxos_fast sim --seed 67 --log --json w.json; paxos_fast report w.json\n"
    "  paxos_fast report *.json --csv | column -ts,\n"
    "  paxos_fast report a.json --hgrm --row 2 -o a.hgrm\n"
    "\n"
    "Exit codes:\n"
    "  0  written   2  usage\n"
    "  3  a file cannot be read or written, or is not a result";

enum class Format : std::uint8_t { page, csv, markdown, hgrm };

struct ReportLine {
    std::vector<std::string> inputs;
    std::string output;
    Format format = Format::page;
    /// The row for Format::hgrm, counted from 1. 0 if no row is given; the file must then have only
    /// one row.
    std::uint64_t row = 0;
    std::string help;   ///< The text of the help if requested, otherwise empty.
    std::string error;  ///< The complete message, or empty.
};

void check_inputs(const ReportLine& line, SubcommandParser& parser) {
    const std::size_t count = line.inputs.size();
    if (count == 0) parser.refuse("needs a result file; paxos_fast --json FILE writes one");
    if (count > report_inputs_max && line.format == Format::page)
        parser.refuse(std::to_string(count) + " result files; one page can show at most " +
                      std::to_string(report_inputs_max));
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& input = line.inputs[i];
        if (is_same_file(input, line.output))
            parser.refuse("--output " + line.output + ": is one of the result files");
        if (std::find(line.inputs.begin() + static_cast<std::ptrdiff_t>(i) + 1, line.inputs.end(),
                      input) != line.inputs.end())
            parser.refuse(input + ": is given twice");
    }
}

struct ReportParser {
    SubcommandParser parser{"report", report_head, report_foot};
    const CLI::Option* files = parser.list("RESULT", "", "the result files; -: standard input");
    const CLI::Option* output = parser.text("-o,--output", "FILE",
                                            "default report.html, and standard output for\n"
                                            "text; -: standard output");
    const CLI::Option* csv = parser.flag("--csv", "the rows as comma-separated values");
    const CLI::Option* markdown = parser.flag("--markdown", "the rows as Markdown tables");
    const CLI::Option* hgrm = parser.flag("--hgrm",
                                          "the latencies of one row, for HdrHistogram's\n"
                                          "plotter");
    const CLI::Option* row = parser.text("--row", "N", "which row --hgrm writes, from 1");
};

void take_format(ReportParser& options, ReportLine& line) {
    if (options.csv->count() + options.markdown->count() + options.hgrm->count() > 1)
        options.parser.refuse("--csv, --markdown and --hgrm: only one of them can be given");
    if (options.csv->count() > 0) line.format = Format::csv;
    if (options.markdown->count() > 0) line.format = Format::markdown;
    if (options.hgrm->count() > 0) line.format = Format::hgrm;
    const std::string row = SubcommandParser::text_of(options.row);
    if (!row.empty()) {
        const std::string error = read_count(row, 1, node::rows_max, line.row);
        if (!error.empty()) options.parser.refuse(options.row, row, error);
        if (line.format != Format::hgrm) options.parser.refuse("--row: needs --hgrm");
    }
    if (line.format == Format::hgrm && options.files->count() > 1)
        options.parser.refuse("--hgrm: writes one row of one result file");
}

ReportLine read_report_line(const std::vector<std::string>& arguments) {
    ReportParser options;
    ReportLine line;
    if (options.parser.parse(arguments)) {
        line.inputs = options.files->results();
        take_format(options, line);
        line.output = SubcommandParser::text_of(options.output);
        if (line.output.empty()) line.output = line.format == Format::page ? report_default : "-";
        check_inputs(line, options.parser);
    }
    line.help = options.parser.requested_help();
    line.error = options.parser.error();
    return line;
}

int refuse_report(const std::string& text, int exit_code = exit_machine) {
    print_error(std::string(program_prefix) + text);
    return exit_code;
}

std::string quoted(const std::string& label) { return "\"" + label + "\""; }

/// The row that --hgrm writes: the row `number`, counted from 1, or the only row if `number` is 0.
/// Returns null and sets `why` if there is no such row, or if nothing was decided in it.
const report::Row* row_of(const report::Result& result, std::uint64_t number, std::string& why) {
    const std::size_t rows = result.rows.size();
    if (number > rows || (number == 0 && rows != 1)) {
        why = result.path + " has " + measure::counted(rows, "row") + "; choose ";
        for (std::size_t i = 0; i < rows; ++i) {
            if (i != 0) why += i + 1 == rows ? " or " : ", ";
            why += "--row " + std::to_string(i + 1) + " (" + quoted(result.rows[i].label) + ")";
        }
        return nullptr;
    }
    const report::Row& row = result.rows[number == 0 ? 0 : number - 1];
    if (!row.histogram.empty()) return &row;
    why = result.path + ": nothing was decided in its row " + quoted(row.label);
    return nullptr;
}

int write_report(const ReportLine& line) {
    std::string why, text;
    ResultSink sink;
    if (!sink.open(line.output, why)) return refuse_report("--output " + line.output + ": " + why);
    std::vector<report::Result> results;
    for (const std::string& path : line.inputs) {
        if (!read_file(path, report_input_max, text, why)) return refuse_report(path + ": " + why);
        if (!report::data_of(path, text, results.emplace_back(), why)) return refuse_report(why);
        if (results.back().is_simulated && line.format != Format::page)
            return refuse_report(path + ": is the log of a simulated world, which has no figures",
                                 exit_usage);
    }
    switch (line.format) {
        case Format::page: text = report::page_of(results); break;
        case Format::csv: text = report::csv_of(results); break;
        case Format::markdown: text = report::markdown_of(results); break;
        case Format::hgrm: {
            const report::Row* const row = row_of(results.front(), line.row, why);
            if (row == nullptr) return refuse_report("--hgrm: " + why, exit_usage);
            text = report::hgrm_of(*row);
        }
    }
    if (!sink.write(text, why)) return refuse_report("--output " + line.output + ": " + why);
    if (line.output == "-") return 0;
    return print(line.output + ": " + measure::counted(results.size(), "result") +
                 (line.format == Format::page ? "; open it in a browser\n" : "\n"));
}

}  // namespace

int report_command(const Invocation& invocation) {
    return run_line(read_report_line(invocation.arguments), write_report);
}

}  // namespace paxos::cli
