// npm `samlp`: reads a question as JSON, answers with metadata or with a response that it signed.
import { readFileSync } from "node:fs";
import http from "node:http";
import samlp from "samlp";

const question = JSON.parse(readFileSync(0, "utf8"));
const key = readFileSync(question.key);
const cert = readFileSync(question.certificate);

// The profile mapper says which attributes a person has.
class Mapper {
  constructor(person) {
    this.person = person;
  }
  getClaims() {
    return question.attributes;
  }
  getNameIdentifier() {
    return { nameIdentifier: this.person.id, nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" };
  }
}
Mapper.prototype.metadata = [];

if (question.what === "response") {
  const options = {
    issuer: question.issuer,
    cert,
    key,
    audience: question.audience,
    recipient: question.recipient,
    destination: question.recipient,
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
    signResponse: question.signResponse,
    lifetimeInSeconds: 300,
    profileMapper: (person) => new Mapper(person),
  };
  samlp.getSamlResponse(options, { id: question.person }, (error, xml) => {
    if (error) throw error;
    process.stdout.write(xml.toString());
  });
} else {
  // Its metadata is a page of a web server.
  const page = samlp.metadata({ issuer: question.issuer, cert, profileMapper: Mapper, redirectEndpointPath: "/sso", postEndpointPath: "/sso" });
  const server = http.createServer((request, response) => {
    request.originalUrl = request.url;
    response.set = (name, value) => response.setHeader(name, value);
    response.send = (text) => response.end(text);
    page(request, response);
  });
  server.listen(0, "127.0.0.1", async () => {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/metadata`);
    process.stdout.write(await answer.text());
    server.close();
  });
}
