import GraphExec

/// Where PyTorch and ONNX keep the entries of a parameter: outputs first, where Whittle has them last.
enum TorchLayout {
  /// `[outputs, inputs]` and `[outputs, channels, height, width]` of weights; vectors as they are.
  static func dimensions(of parameter: Parameter) -> [Int] {
    let own = parameter.shape.dimensions
    return own.suffix(1) + own.dropLast()
  }

  /// Entries in Whittle's order as PyTorch has them.
  static func outputsFirst<Entry>(_ values: [Entry], of parameter: Parameter) -> [Entry] {
    transposed(values, rows: parameter.rows, columns: parameter.columns)
  }

  /// Entries in PyTorch's order as Whittle has them.
  static func outputsLast<Entry>(_ values: [Entry], of parameter: Parameter) -> [Entry] {
    transposed(values, rows: parameter.columns, columns: parameter.rows)
  }

  /// A row-major matrix with rows and columns exchanged.
  static func transposed<Entry>(_ values: [Entry], rows: Int, columns: Int) -> [Entry] {
    guard rows > 1, columns > 1 else { return values }
    return [Entry](unsafeUninitializedCapacity: values.count) { buffer, initialized in
      for column in 0..<columns {
        for row in 0..<rows {
          buffer.initializeElement(at: column * rows + row, to: values[row * columns + column])
        }
      }
      initialized = values.count
    }
  }
}
