// See manual.h.
#include "cli/manual.h"

#include <algorithm>
#include <cctype>

#include "cli/commands.h"
#include "cli/text.h"
#include "cli/version.h"

namespace paxos::cli {
namespace {

constexpr std::string_view program = "paxos_fast";

/// `text` with escapes for the characters that man(7) would interpret. Hyphens become minus signs,
/// so that options can be copied from the page.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char one : text) {
        const bool begins_line = result.empty() || result.back() == '\n';
        if (begins_line && (one == '.' || one == '\'')) result += "\\&";
        if (one == '\\')
            result += "\\e";
        else if (one == '-')
            result += "\\-";
        else
            result += one;
    }
    return result;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }
std::string section(std::string_view title) {
    std::string result = ".SH ";
    for (const char one : title)
        result += static_cast<char>(std::toupper(static_cast<unsigned char>(one)));
    return result + "\n";
}
/// Keeps the lines of `text` as they are.
std::string verbatim(std::string_view text) {
    return ".nf\n" + escaped(text) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
}

std::string page_name(std::string_view command) {
    const std::string name{program};
    return command.empty() || command == commands().front().name
               ? name
               : name + "-" + std::string(command);
}

const Command& command_of(const CommandText& text) {
    const auto found = std::ranges::find(commands(), text.command, &Command::name);
    return found == commands().end() ? commands().front() : *found;
}

std::string synopsis(const CommandText& text) {
    std::string result = section("synopsis");
    if (text.command.empty())
        return result + bold(program) + " [" + bold("bench") + "] [" + italic("OPTION") +
               "]...\n.br\n" + bold(program) + " " + italic("COMMAND") + " ...\n";
    result += bold(std::string(program) + " " + text.command) + " [" + italic("OPTION") + "]...";
    const std::string_view positional = command_of(text).usage;
    return result + (positional.empty() ? "" : " " + italic(positional)) + "\n";
}

/// The parts of CommandText::foot, as text of the man page. A paragraph is a section if it starts
/// with "Exit codes:" or if its first line ends in ':'. Other paragraphs belong to the description.
struct Foot {
    std::string description, sections;
};

Foot foot_of(std::string_view text) {
    constexpr std::string_view exit_codes = "Exit codes:";
    Foot result;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        std::string_view paragraph = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        const std::size_t line = std::min(paragraph.find('\n'), paragraph.size());
        std::string_view title = paragraph.substr(0, line);
        if (paragraph.starts_with(exit_codes)) {
            paragraph.remove_prefix(std::min(exit_codes.size() + 1, paragraph.size()));
            result.sections += section("exit status") + verbatim(paragraph);
        } else if (title.ends_with(':')) {
            title = title.substr(0, std::min(title.find(" ("), title.size() - 1));
            result.sections += section(title) + verbatim(paragraph.substr(line + 1));
        } else {
            result.description += ".PP\n" + escaped(paragraph) + "\n";
        }
    }
    return result;
}

std::string options_of(const CommandText& text) {
    std::string result = section("options"), group;
    for (const OptionText& option : text.options) {
        if (option.group != group && !option.is_positional) {
            group = option.group;
            if (group != "Options") result += ".SS " + escaped(group) + "\n";
        }
        result += ".TP\n";
        for (std::size_t i = 0; i < option.names.size(); ++i)
            result += (i == 0 ? "" : ", ") +
                      (option.is_positional ? italic(option.names[i]) : bold(option.names[i]));
        if (!option.type.empty()) result += " " + italic(option.type);
        result += "\n" + escaped(option.help) + "\n";
    }
    return result;
}

std::string see_also(const CommandText& text) {
    std::string result = section("see also");
    const std::string self = page_name(text.command);
    bool is_first = true;
    for (const Command& command : commands()) {
        const std::string name = page_name(command.name);
        if (name == self) continue;
        if (!is_first) result += " ,\n";
        result += ".BR " + escaped(name) + " (1)";
        is_first = false;
    }
    return result + "\n";
}

}  // namespace

std::string man_page(const CommandText& text) {
    const std::string name = page_name(text.command);
    const Foot foot = foot_of(text.foot);
    return ".TH " + escaped(name) + " 1 \"\" \"" + std::string(program) + " " +
           build_info().version + "\" \"User Commands\"\n" +  //
           section("name") + escaped(name) + " \\- " +
           escaped(text.command.empty() ? "runs and measures a Paxos cluster"
                                        : command_of(text).help) +
           "\n" +                                                                       //
           synopsis(text) +                                                             //
           section("description") + escaped(trim(text.head)) + "\n" + foot.description  //
           + options_of(text) + foot.sections + see_also(text);
}

std::string completion_words(const CommandText& text) {
    std::string result;
    const auto add = [&](std::string_view word, std::string_view value, std::string help) {
        std::ranges::replace(help, '\n', ' ');
        result += std::string(word) + "\t" + std::string(value) + "\t" + help + "\n";
    };
    for (const Command& command : text.commands)
        add(command.name, "command", std::string(command.help));
    for (const OptionText& option : text.options) {
        if (option.is_positional) {
            add("...", "FILE", option.help);
            continue;
        }
        std::string value = option.type.empty() ? "none" : option.type;
        if (!option.choices.empty()) value.clear();
        for (const std::string_view choice : option.choices)
            value += (value.empty() ? "" : "|") + std::string(choice);
        for (const std::string& name : option.names) add(name, value, option.help);
    }
    return result;
}

}  // namespace paxos::cli
