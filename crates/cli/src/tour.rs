//! `daypass tour`: the story, played by a client of the public wire API against a running `dev` server.
//! One line a step, with what was allowed, and what was refused and why. The exit code says whether
//! all of it held.

mod device;
mod settings;

use std::io::IsTerminal;

use serde_json::Value;

use crate::client::{Client, Error};
use crate::dev::SAMPLE_PATH;
use crate::failure::Failure;
use device::{Device, Game};
use settings::Settings;

/// Plays the story.
pub async fn run(endpoint: &str) -> Result<(), Failure> {
    let game = Game::at(endpoint).await?;
    let mut tour = Tour { failed: 0, steps: 0, colour: std::io::stdout().is_terminal() };
    println!("The story of a game that ships no keys, at {endpoint}\n");
    match story(&game, &mut tour).await {
        Ok(()) if tour.failed == 0 => {
            println!("\nAll {} steps held.", tour.steps);
            Ok(())
        }
        Ok(()) => Err(format!("{} of {} steps did not hold", tour.failed, tour.steps).into()),
        Err(error) => Err(format!("the story broke off after {} steps: {error}", tour.steps).into()),
    }
}

async fn story(game: &Game, tour: &mut Tour) -> Result<(), Error> {
    tour.chapter("A player signs in");
    let phone = Device::sign_in(game, "player-ada", None).await?;
    tour.step("Ada signs in at the provider; the app trades her ID token for credentials", &phone.keys.id);
    tour.allowed("her own profile is written to the bucket", phone.put_profile("{\"name\":\"Ada\"}").await);
    tour.allowed("her own score is written to the table", phone.put_score("chess", 1200).await);

    tour.chapter("and reaches nobody else's data");
    let other = Device::sign_in(game, "player-grace", None).await?;
    other.put_profile("{\"name\":\"Grace\"}").await?;
    tour.refused("Ada reads Grace's profile", phone.profile_of(&other.identity).await, "AccessDenied");
    tour.refused(
        "Ada overwrites Grace's score",
        phone.put_score_of(&other.identity, "chess", 1).await,
        "AccessDeniedException",
    );
    tour.refused("Ada lists the whole bucket", phone.list("").await, "AccessDenied");
    tour.refused("Ada scans the whole table", phone.scan().await, "AccessDeniedException");

    tour.chapter("On a second device");
    let tablet = Device::sign_in(game, "player-ada", None).await?;
    tour.holds("the same login finds the same identity", tablet.identity == phone.identity, &tablet.identity);
    tour.same("and the same profile", tablet.profile_of(&tablet.identity).await, "{\"name\":\"Ada\"}");
    tour.same("and the same score", tablet.score("chess").await, "1200");

    synced(&phone, &tablet, &other, tour).await?;

    tour.chapter("A guest");
    let guest = Device::guest(game).await?;
    tour.allowed("plays without signing in, and reads what is public", guest.news().await);
    tour.refused("but has no profile of their own", guest.put_profile("{}").await, "AccessDenied");
    // A new player each time the tour is made would need a new account: the last one may be known already.
    let signed_in = Device::sign_in(game, "player-margaret", Some(&guest.identity)).await?;
    let kept = signed_in.identity == guest.identity;
    let known = Device::sign_in(game, "player-margaret", None).await?.identity == signed_in.identity;
    let what =
        if kept { "signs in later and keeps the identity" } else { "signs in as somebody known, and is that identity" };
    tour.holds(what, known, &signed_in.identity);
    tour.refused(
        "whose id alone is worth nothing from now on",
        guest.credentials_again().await,
        "NotAuthorizedException",
    );

    tour.chapter("The basic flow");
    let basic = Device::basic(game, "player-ada").await?;
    tour.holds(
        "GetOpenIdToken and AssumeRoleWithWebIdentity give the same player",
        basic.identity == phone.identity,
        &basic.keys.id,
    );
    tour.allowed("with the same rights", basic.put_score("go", 9).await);

    tour.chapter("What must not work");
    tour.refused("a token that somebody altered", game.altered_token("player-ada").await, "NotAuthorizedException");
    tour.refused("a token for another app", game.foreign_token("player-ada").await, "NotAuthorizedException");
    tour.refused(
        "a session token under another key",
        phone.with_token_of(&other).profile_of(&phone.identity).await,
        "InvalidToken",
    );
    Ok(())
}

/// The same settings on two devices.
async fn synced(phone: &Device<'_>, tablet: &Device<'_>, other: &Device<'_>, tour: &mut Tour) -> Result<(), Error> {
    tour.chapter("The same settings on both devices");
    let (mut here, mut there) = (Settings::on(phone), Settings::on(tablet));
    here.pull().await?;
    here.edit("colour", "blue");
    tour.allowed("the phone changes a setting and pushes it", here.push().await);
    there.pull().await?;
    tour.holds("it appears on the tablet", there.value("colour") == "blue", &there.value("colour"));
    here.edit("colour", "red");
    there.edit("colour", "green");
    tour.allowed("both change it while they are offline; the phone is back first", here.push().await);
    tour.refused("the tablet's change rests on an old one", there.push().await, "ResourceConflictException");
    let conflicts = there.pull().await?;
    tour.holds("the tablet hears what the phone did, and asks its player", conflicts == ["colour"], "conflict: colour");
    tour.allowed("who keeps what the tablet has", there.push().await);
    here.pull().await?;
    tour.holds("and it appears on the phone", here.value("colour") == "green", &here.value("colour"));
    let stolen = phone.sync(http::Method::GET, &other.identity, "/records", None).await;
    tour.refused("Ada reads Grace's settings", stolen, "AccessDeniedException");
    Ok(())
}

/// Prints the steps and counts them.
struct Tour {
    steps: usize,
    failed: usize,
    colour: bool,
}

impl Tour {
    fn chapter(&self, title: &str) {
        println!("{title}");
    }

    fn step(&mut self, what: &str, detail: &str) {
        self.holds(what, true, detail);
    }

    fn holds(&mut self, what: &str, held: bool, detail: &str) {
        self.line(held, what, detail);
    }

    fn allowed<T>(&mut self, what: &str, answer: Result<T, Error>) {
        match answer {
            Ok(_) => self.line(true, what, "allowed"),
            Err(error) => self.line(false, what, &format!("should be allowed, but: {error}")),
        }
    }

    fn refused<T>(&mut self, what: &str, answer: Result<T, Error>, code: &str) {
        match answer {
            Err(error) if error.code() == Some(code) => self.line(true, what, &format!("refused: {}", why(&error))),
            Err(error) => self.line(false, what, &format!("should be refused with {code}, but: {error}")),
            Ok(_) => self.line(false, what, "should be refused, but was allowed"),
        }
    }

    fn same(&mut self, what: &str, answer: Result<String, Error>, wanted: &str) {
        match answer {
            Ok(seen) => self.line(seen == wanted, what, &seen),
            Err(error) => self.line(false, what, &error.to_string()),
        }
    }

    fn line(&mut self, held: bool, what: &str, detail: &str) {
        self.steps += 1;
        self.failed += usize::from(!held);
        let (mark, colour) = if held { ("ok  ", "\x1b[32m") } else { ("FAIL", "\x1b[31m") };
        let detail: String = detail.chars().take(LONGEST).collect();
        match self.colour {
            true => println!("  {colour}{mark}\x1b[0m {what}\n       \x1b[2m{detail}\x1b[0m"),
            false => println!("  {mark} {what}\n       {detail}"),
        }
    }
}

/// The code of a refusal and its reason, without who asked for what: that stands in the line above.
fn why(error: &Error) -> String {
    let Error::Refused { code, message, .. } = error else { return error.to_string() };
    let reason = [" because ", " with an explicit deny "].iter().find_map(|start| message.find(start));
    let reason = reason.and_then(|at| message.get(at..)).unwrap_or(message);
    format!("{code}: {}", reason.trim_start())
}

/// The sample's settings, from the server itself.
async fn sample(client: &Client) -> Result<Value, Error> {
    let answer = client.page(http::Method::GET, SAMPLE_PATH, None).await?;
    if !answer.status.is_success() {
        return Err(Error::Wrong(format!("the server has no sample game ({}): is it `daypass dev`?", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|_| Error::Wrong("the sample's settings are not JSON".into()))
}

const LONGEST: usize = 220;
