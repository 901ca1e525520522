import GraphExec

extension TensorLayout {
  /// The rows of all pixels, in the order of features.
  var pixelRows: [Int] {
    let view = view
    return (0..<shape.channels).flatMap { c in
      (0..<shape.height).flatMap { y in
        (0..<shape.width).map { x in view.first + c * view.plane + y * view.line + x * view.step }
      }
    }
  }

  /// Values of all features, `[features, stride]`, as the layout has them, with this value in the border's rows.
  func placed(_ values: [Float], stride: Int, border: Float = 0) -> [Float] {
    var result = [Float](repeating: border, count: rows * stride)
    for (feature, row) in pixelRows.enumerated() {
      result.replaceSubrange(
        row * stride..<(row + 1) * stride, with: values[feature * stride..<(feature + 1) * stride])
    }
    return result
  }
}
