import Foundation

/// Gnuplot's SVG made part of a page: no prolog, ids of its own, and colours that follow the page's theme.
struct InlineSVG {
  let text: String

  /// Takes `svg` as gnuplot wrote it; `prefix` goes before each id, `label` is read to those who cannot see.
  init(_ svg: String, prefix: String, label: String) {
    var body = svg
    if let start = body.range(of: "<svg") { body.removeSubrange(..<start.lowerBound) }
    body.replace(/<title>[^<]*<\/title>|<desc>[^<]*<\/desc>/, with: "")
    body.replace("xlink:href", with: "href")
    body.replace(/\sxmlns(:xlink)?="[^"]*"/, with: "")
    body.replace(/(\sid=|\shref=)(["'])(#?)/) { "\($0.output.1)\($0.output.2)\($0.output.3)\(prefix)-" }
    body.replace(/rgb\( *(\d+), *(\d+), *(\d+)\)/) { match in
      let parts = [match.output.1, match.output.2, match.output.3].map { Int($0) ?? 0 }
      return Self.variable(parts.map { String(format: "%02x", $0) }.joined())
    }
    body.replace(/(fill|color|stroke)=(["'])black["']/) { "\($0.output.1)=\"var(--ink)\"" }
    body.replace(/font-family="[^"]*"/, with: "")
    // Gnuplot leaves many groups empty.
    body.replace(/<g [^>]*>\s*<\/g>\n?/, with: "")
    let opening = "<svg role=\"img\" aria-label=\"\(Self.escaped(label))\""
    if body.hasPrefix("<svg") {
      body.replaceSubrange(..<body.index(body.startIndex, offsetBy: 4), with: opening)
    }
    text = body
  }

  /// The style rules that give every colour of the palette its value, for a light and for a dark page.
  static func themeRules(_ colours: Set<Palette.Colour>) -> (light: String, dark: String) {
    let sorted = colours.sorted { $0.light < $1.light }
    // The plots' frame, marks and grid, as `Plot.script` sets them.
    let fixed = [
      ("666666", "#666666", "#9aa0a6"), ("222222", "#222222", "#d5d9dd"), ("dddddd", "#dddddd", "#33383d"),
    ]
    let light =
      fixed.map { "--c-\($0.0):\($0.1)" } + sorted.map { "--c-\($0.light.dropFirst()):\($0.light)" }
    let dark = fixed.map { "--c-\($0.0):\($0.2)" } + sorted.map { "--c-\($0.light.dropFirst()):\($0.dark)" }
    return (light.joined(separator: ";"), dark.joined(separator: ";"))
  }

  private static func variable(_ hexadecimal: String) -> String { "var(--c-\(hexadecimal))" }

  private static func escaped(_ text: String) -> String {
    [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")]
      .reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }
}
