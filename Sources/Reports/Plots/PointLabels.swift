/// Where the texts beside a plot's points stand, so that none lies over another or over a point.
///
/// Gnuplot puts the texts of a curve all on the same side of their points, close ones over each other. Here each takes the
/// first side that is free; one without any is left out.
package struct PointLabels: Sendable {
  /// A text and the point that it stands beside.
  package struct Label: Sendable {
    package let text: String
    package let x: Double
    package let y: Double
    package let side: Side
    /// The place of its curve in the plot.
    package let series: Int
    /// What it covers, in points of the picture.
    package let box: Box
  }

  /// A rectangle, in points of the picture from the lower left corner of the axes.
  package struct Box: Sendable {
    package let left, right, bottom, top: Double

    package func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && bottom < other.top && other.bottom < top
    }
  }

  /// Which side of its point a text stands on.
  package enum Side: Sendable, CaseIterable {
    case aboveLeft, belowRight, aboveRight, belowLeft

    /// How gnuplot aligns the text with its place.
    var justification: String { self == .aboveLeft || self == .belowLeft ? "right" : "left" }

    /// From the point to the text's place, in gnuplot's characters.
    var offset: String {
      switch self {
      case .aboveLeft: "-0.3,0.6"
      case .belowRight: "0.5,-0.5"
      case .aboveRight: "0.5,0.6"
      case .belowLeft: "-0.3,-0.5"
      }
    }

    /// What a text of this width covers beside a point at `(x, y)`.
    fileprivate func box(x: Double, y: Double, width: Double) -> Box {
      let isLeft = self == .aboveLeft || self == .belowLeft
      let isAbove = self == .aboveLeft || self == .aboveRight
      return Box(
        left: isLeft ? x - 3 - width : x + 4, right: isLeft ? x - 3 : x + 4 + width,
        bottom: isAbove ? y + 3 : y - 15, top: isAbove ? y + 16 : y - 2)
    }
  }

  package let placed: [Label]

  /// - Parameters:
  ///   - width: that of the axes, in points of the picture.
  ///   - height: the same.
  package init(_ plot: Plot, width: Double, height: Double) {
    func place(_ point: PlotPoint) -> (x: Double, y: Double) {
      (plot.x.share(point.x) * width, plot.y.share(point.y.mean) * height)
    }
    let points = plot.series.flatMap(\.points).map { point in
      let (x, y) = place(point)
      return Box(left: x - 2.5, right: x + 2.5, bottom: y - 2.5, top: y + 2.5)
    }
    var placed: [Label] = []
    for (index, series) in plot.series.enumerated() {
      // The curves rise to the right: above to the left and below to the right of a point is free space. Neighbouring
      // curves begin on different sides.
      let sides =
        index.isMultiple(of: 2)
        ? Side.allCases : [.belowRight, .aboveLeft, .belowLeft, .aboveRight]
      for point in series.points {
        guard let text = point.label else { continue }
        let (x, y) = place(point)
        // Where the same text stands beside the same point already, it says it for both curves.
        let isSaid = placed.contains { $0.text == text && $0.x == point.x && $0.y == point.y.mean }
        guard !isSaid else { continue }
        let free = sides.lazy.map { side in
          Label(
            text: text, x: point.x, y: point.y.mean, side: side, series: index,
            box: side.box(x: x, y: y, width: 7 * Double(text.count)))
        }.first { label in
          label.box.left > -60 && label.box.right < width + 15
            && !placed.contains { $0.box.overlaps(label.box) } && !points.contains { $0.overlaps(label.box) }
        }
        if let free { placed.append(free) }
      }
    }
    self.placed = placed
  }
}
