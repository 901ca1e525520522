/// Finds the kernels that OpenCL C sources define, those that macros make included.
enum KernelNames {
  /// The names in a file's text.
  static func all(in text: String) -> Set<String> {
    let lines = text.replacing("\\\n", with: " ").split(separator: "\n")
      .map { String($0.prefix(upTo: $0.firstRange(of: "//")?.lowerBound ?? $0.endIndex)) }
    // Words that stand for 'kernel ... void'.
    let words = lines.compactMap { $0.firstMatch(of: /^#define (\w+)\s+kernel\b.*\bvoid\s*$/)?.1 }
    func plain(_ text: String) -> String {
      // The longest first: one may end as another does.
      words.sorted { $0.count > $1.count }.reduce(text) { $0.replacing("\($1) ", with: "kernel void ") }
    }
    let (macros, code) = (lines.filter { $0.hasPrefix("#define") }, lines.filter { !$0.hasPrefix("#") })
    var names = Set(defined(in: plain(code.joined(separator: "\n"))))
    for macro in macros {
      guard let head = macro.firstMatch(of: /^#define (\w+)\(([^)]*)\)(.*)/) else { continue }
      let parameters = head.2.split(separator: ",").map { $0.trimmingPrefix(/\s+/) }
      for name in defined(in: plain(String(head.3))) {
        // The name is a parameter of the macro: each use names a kernel.
        guard let position = parameters.firstIndex(where: { $0 == name }) else { continue }
        for line in code where line.hasPrefix("\(head.1)(") {
          let arguments = line.dropFirst(head.1.count + 1).split(separator: ",")
          names.insert(
            String(
              arguments[position].trimmingPrefix(/\s+/).prefix { $0.isLetter || $0.isNumber || $0 == "_" }))
        }
      }
    }
    return names
  }

  private static func defined(in code: String) -> [String] {
    code.matches(of: /\bkernel\b[^;{}]*?\bvoid\s+(\w+)\s*\(/).map { String($0.1) }
  }
}
