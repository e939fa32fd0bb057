//! A saga: when a later step fails, the earlier ones are undone, the last first.
//!
//! Run it with `cargo run --bin saga`.

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Trip {
    city: String,
    budget: u32,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum FlightError {
    #[error("the flight to {city} costs {price}, which is over budget")]
    TooExpensive { city: String, price: u32 },
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum TripError {
    #[error(transparent)]
    Booking(#[from] CallError<Failure>),
    #[error(transparent)]
    Flight(#[from] CallError<FlightError>),
}

#[activity]
async fn book_hotel(_ctx: ActivityContext, city: String) -> Result<String, Failure> {
    println!("  hotel in {city} booked");
    Ok(format!("hotel-{city}"))
}

#[activity]
async fn cancel_hotel(_ctx: ActivityContext, booking: String) -> Result<(), Failure> {
    println!("  {booking} cancelled");
    Ok(())
}

#[activity]
async fn book_car(_ctx: ActivityContext, city: String) -> Result<String, Failure> {
    println!("  car in {city} booked");
    Ok(format!("car-{city}"))
}

#[activity]
async fn cancel_car(_ctx: ActivityContext, booking: String) -> Result<(), Failure> {
    println!("  {booking} cancelled");
    Ok(())
}

#[activity]
async fn book_flight(_ctx: ActivityContext, trip: Trip) -> Result<String, FlightError> {
    let price = 300;
    if price > trip.budget {
        return Err(FlightError::TooExpensive {
            city: trip.city,
            price,
        });
    }
    println!("  flight to {} booked", trip.city);
    Ok(format!("flight-{}", trip.city))
}

#[orchestrator]
async fn book_trip(ctx: OrchestrationContext, trip: Trip) -> Result<String, TripError> {
    ctx.saga(|saga| async move {
        let hotel = saga.call(book_hotel, trip.city.clone()).await?;
        saga.undo_with(cancel_hotel, hotel.clone());

        let car = saga.call(book_car, trip.city.clone()).await?;
        saga.undo_with(cancel_car, car.clone());

        // If this fails, the car and then the hotel are cancelled.
        let flight = saga.call(book_flight, trip).await?;
        Ok(format!("{hotel}, {car}, {flight}"))
    })
    .await
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("saga")?).start().await?;

    for (city, budget) in [("Lisbon", 500), ("Tokyo", 200)] {
        println!("a trip to {city} for {budget}:");
        let run = app
            .client()
            .start(
                book_trip,
                Trip {
                    city: city.into(),
                    budget,
                },
            )
            .await?;
        match run.wait().await {
            Ok(bookings) => println!("  done: {bookings}"),
            Err(error) => println!("  failed: {error}"),
        }
    }

    Ok(app.shutdown().await?)
}
