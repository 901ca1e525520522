/// Names of layers as Python's attributes: `stage1.block2.conv1` is `stage1_block2_conv1`.
enum PythonName {
  /// Words of Python, and what a module of PyTorch has already.
  private static let taken: Set = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass",
    "raise", "return", "try", "while", "with", "yield", "apply", "bfloat16", "buffers", "children", "compile",
    "cpu", "cuda", "double", "eval", "float", "forward", "half", "ipu", "modules", "mtia", "parameters",
    "share_memory",
    "to", "train", "training", "type", "xpu",
  ]

  /// A name that Python takes: letters, digits and `_`, beginning with no digit.
  static func of(_ layer: String) -> String {
    let name = String(layer.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    if name.first?.isNumber ?? true { return "_\(name)" }
    return taken.contains(name) ? "\(name)_" : name
  }
}
