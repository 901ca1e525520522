typealias Point = SIMD2<Float>

/// One movement of the pen, in a unit square with x to the right and y downwards.
struct DigitStroke: Sendable {
  /// The points of one or more cubic Bezier curves end to end: a start, then two controls and an end for each.
  ///
  /// A closed stroke ends exactly where it starts.
  var points: [Point]

  /// Straight lines from point to point.
  static func lines(_ corners: Point...) -> DigitStroke {
    var points = [corners[0]]
    for (start, end) in zip(corners, corners.dropFirst()) {
      points += [start + (end - start) / 3, end - (end - start) / 3, end]
    }
    return DigitStroke(points: points)
  }

  /// Cubic Bezier curves end to end.
  static func curve(_ points: Point...) -> DigitStroke {
    DigitStroke(points: points)
  }

  /// A closed ellipse of four curves, from its leftmost point over the top.
  static func oval(center: Point, radii: Point) -> DigitStroke {
    // The control points that bring a cubic curve closest to a quarter of a circle.
    let bend: Float = 0.552285
    let unit: [Point] = [
      [-1, 0], [-1, -bend], [-bend, -1], [0, -1], [bend, -1], [1, -bend], [1, 0],
      [1, bend], [bend, 1], [0, 1], [-bend, 1], [-1, bend], [-1, 0],
    ]
    return DigitStroke(points: unit.map { center + radii * $0 })
  }
}

extension DigitStroke {
  /// How each digit is written: for every class the common ways, each a list of strokes.
  static let digits: [[[DigitStroke]]] = [
    [[.oval(center: [0.5, 0.5], radii: [0.31, 0.44])]],
    [
      [.lines([0.5, 0.06], [0.5, 0.94])],
      [.lines([0.3, 0.28], [0.54, 0.06], [0.54, 0.94])],
      [.lines([0.3, 0.26], [0.5, 0.06], [0.5, 0.94]), .lines([0.28, 0.94], [0.74, 0.94])],
    ],
    [
      [
        .curve(
          [0.2, 0.3], [0.22, -0.02], [0.82, -0.02], [0.77, 0.3], [0.73, 0.52], [0.36, 0.7], [0.2, 0.93]),
        .lines([0.2, 0.93], [0.82, 0.93]),
      ],
      [
        .curve(
          [0.22, 0.2], [0.4, -0.06], [0.86, 0.06], [0.74, 0.36], [0.64, 0.62], [0.42, 0.9], [0.26, 0.88],
          [0.1, 0.84], [0.24, 0.66], [0.42, 0.78], [0.56, 0.88], [0.7, 0.98], [0.84, 0.84])
      ],
    ],
    [
      [
        .curve(
          [0.22, 0.16], [0.42, -0.04], [0.84, 0.04], [0.72, 0.32], [0.66, 0.44], [0.52, 0.47], [0.4, 0.47]),
        .curve(
          [0.4, 0.47], [0.78, 0.45], [0.9, 0.78], [0.66, 0.9], [0.5, 0.99], [0.28, 0.95], [0.18, 0.82]),
      ],
      [
        .lines([0.22, 0.07], [0.76, 0.07], [0.46, 0.42]),
        .curve(
          [0.46, 0.42], [0.84, 0.42], [0.88, 0.78], [0.66, 0.9], [0.5, 0.98], [0.3, 0.96], [0.2, 0.84]),
      ],
    ],
    [
      [.lines([0.64, 0.95], [0.64, 0.05], [0.16, 0.66], [0.84, 0.66])],
      [.lines([0.26, 0.08], [0.2, 0.54], [0.8, 0.54]), .lines([0.72, 0.08], [0.66, 0.95])],
    ],
    [
      [
        .lines([0.76, 0.07], [0.3, 0.07], [0.26, 0.46]),
        .curve(
          [0.26, 0.46], [0.54, 0.3], [0.86, 0.44], [0.78, 0.7], [0.72, 0.98], [0.36, 1.0], [0.2, 0.86]),
      ]
    ],
    [
      [
        .curve([0.68, 0.06], [0.42, 0.12], [0.22, 0.44], [0.24, 0.7]),
        .oval(center: [0.5, 0.7], radii: [0.26, 0.24]),
      ]
    ],
    [
      [.lines([0.2, 0.08], [0.8, 0.08], [0.42, 0.95])],
      [.lines([0.2, 0.08], [0.8, 0.08], [0.42, 0.95]), .lines([0.36, 0.5], [0.78, 0.5])],
      [
        .lines([0.2, 0.2], [0.22, 0.08], [0.8, 0.08]),
        .curve([0.8, 0.08], [0.6, 0.36], [0.46, 0.6], [0.46, 0.95]),
      ],
    ],
    [
      [.oval(center: [0.5, 0.28], radii: [0.22, 0.22]), .oval(center: [0.5, 0.72], radii: [0.27, 0.23])],
      [
        .curve(
          [0.74, 0.14], [0.5, -0.06], [0.16, 0.12], [0.32, 0.34], [0.42, 0.46], [0.66, 0.52], [0.74, 0.68],
          [0.84, 0.9], [0.6, 0.98], [0.46, 0.96], [0.26, 0.94], [0.16, 0.74], [0.36, 0.58], [0.52, 0.46],
          [0.84, 0.32], [0.74, 0.14])
      ],
    ],
    [
      [
        .oval(center: [0.48, 0.3], radii: [0.26, 0.24]),
        .curve([0.74, 0.3], [0.76, 0.54], [0.7, 0.8], [0.62, 0.95]),
      ],
      [
        .oval(center: [0.48, 0.3], radii: [0.26, 0.24]),
        .curve([0.74, 0.3], [0.84, 0.8], [0.6, 1.04], [0.26, 0.88]),
      ],
    ],
  ]
}
