//! The plot: growths as small panels, each with both its axes logarithmic, so that what grows in step is a straight line.

use crate::{Growth, Unit};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::path::Path;

const COLUMNS: usize = 2;
const PANEL: (u32, u32) = (440, 250);
const INK: RGBColor = RGBColor(31, 111, 178);
const FAINT: RGBColor = RGBColor(225, 225, 225);

/// Draws them into a file, as SVG.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn draw(growths: &[Growth], file: &Path) -> Result<(), Box<dyn Error>> {
    let rows = growths.len().div_ceil(COLUMNS);
    let size = (PANEL.0 * COLUMNS as u32, PANEL.1 * rows as u32);
    let area = SVGBackend::new(file, size).into_drawing_area();
    area.fill(&WHITE)?;
    for (growth, area) in growths.iter().zip(area.split_evenly((rows, COLUMNS))) {
        panel(growth, &area)?;
    }
    Ok(area.present()?)
}

fn panel(growth: &Growth, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn Error>> {
    // What is nothing has no logarithm.
    let points: Vec<(f64, f64)> = growth
        .points
        .iter()
        .filter(|(_, value)| *value > 0.0)
        .map(|(size, value)| (*size as f64, *value))
        .collect();
    let bounds = |of: fn(&(f64, f64)) -> f64, room: f64| {
        let least = points.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = points.iter().map(of).fold(0.0, f64::max);
        if most > 0.0 { (least / room)..(most * room) } else { 1.0..10.0 }
    };
    let (across, up) = (bounds(|point| point.0, 1.8), bounds(|point| point.1, 4.0));
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption(&growth.what, ("sans-serif", 15))
        .x_label_area_size(24)
        .build_cartesian_2d(across.log_scale(), up.clone().log_scale())?;
    for (size, _) in &points {
        let rule = [(*size, up.start), (*size, up.end)];
        chart.draw_series(LineSeries::new(rule, FAINT))?;
    }
    chart.draw_series(LineSeries::new(points.iter().copied(), INK.stroke_width(2)))?;
    let text = |vertical| ("sans-serif", 12).into_text_style(area).pos(Pos::new(HPos::Center, vertical));
    let (above, below) = (text(VPos::Bottom), text(VPos::Top));
    chart.draw_series(points.iter().map(|&point| {
        let value = Text::new(growth.unit.show(point.1), (0, -8), above.clone());
        EmptyElement::at(point) + Circle::new((0, 0), 3, INK.filled()) + value
    }))?;
    chart.draw_series(points.iter().map(|&(size, _)| {
        EmptyElement::at((size, up.start)) + Text::new(Unit::Count.show(size), (0, 6), below.clone())
    }))?;
    Ok(())
}
